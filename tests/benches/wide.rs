//! A service with many methods, as generated code would describe it.

use secure_runtime::authz::Rule;
use secure_runtime::codegen::{Entry, Method, entry};

/// A method of a service with `N` methods, by its number.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Wide<const N: usize>(usize);

impl<const N: usize> Wide<N> {
    const PATHS: &'static [[u8; LENGTH]; N] = &paths();
}

impl<const N: usize> Method for Wide<N> {
    const SERVICE: &'static str = "bench.v1.Wide";
    const ALL: &'static [Self] = &methods();
    const POLICY_DIGEST: &'static str = "";
    const TABLE: &'static [Entry] = &table::<N>();
    const BY_PATH: &'static [usize] = &indices::<N>(); // the paths are in order

    fn index(self) -> usize {
        self.0
    }
}

const PATH: &[u8; LENGTH] = b"/bench.v1.Wide/Method00000";
const LENGTH: usize = 26;

const fn paths<const N: usize>() -> [[u8; LENGTH]; N] {
    let mut paths = [*PATH; N];
    let mut number = 0;
    while number < N {
        let (mut rest, mut digit) = (number, LENGTH);
        while rest > 0 {
            digit -= 1;
            paths[number][digit] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        number += 1;
    }
    paths
}

const fn methods<const N: usize>() -> [Wide<N>; N] {
    let mut methods = [Wide(0); N];
    let mut number = 0;
    while number < N {
        methods[number] = Wide(number);
        number += 1;
    }
    methods
}

const fn table<const N: usize>() -> [Entry; N] {
    let mut table = [entry("", Rule::authenticated(), "bench/v1/wide.proto:1:1"); N];
    let mut number = 0;
    while number < N {
        let Ok(path) = str::from_utf8(&Wide::<N>::PATHS[number]) else { panic!("a path is ASCII") };
        table[number].path = path;
        number += 1;
    }
    table
}

const fn indices<const N: usize>() -> [usize; N] {
    let mut indices = [0; N];
    let mut number = 0;
    while number < N {
        indices[number] = number;
        number += 1;
    }
    indices
}

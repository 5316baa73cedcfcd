//! RSA moduli whose factors are easy to find.

use std::sync::LazyLock;

use num_bigint::BigUint;

/// What is wrong with a modulus of 2,048 bits or more. `None` if none of these weaknesses is found.
pub(super) fn find(modulus: &[u8]) -> Option<&'static str> {
    let modulus = BigUint::from_bytes_be(modulus);
    let weaknesses: [(Test, &str); 4] = [
        (has_small_factor, "the modulus has a small factor"),
        (is_roca, "the modulus has the fingerprint of a broken generator (ROCA, CVE-2017-15361)"),
        (has_close_factors, "the factors of the modulus are too close to each other (CVE-2022-26320)"),
        (is_prime, "the modulus is a prime number"),
    ];
    weaknesses.into_iter().find_map(|(has, name)| has(&modulus).then_some(name))
}

type Test = fn(&BigUint) -> bool;

fn has_small_factor(modulus: &BigUint) -> bool {
    SMALL_PRIMES.iter().any(|prime| rest(modulus, *prime) == 0)
}

/// A modulus of the generator is a power of 65537 modulo each small prime. Of random moduli, one in 2^28 or fewer is.
/// Nemec and others, "The Return of Coppersmith's Attack", section 2.3.
fn is_roca(modulus: &BigUint) -> bool {
    let primes = SMALL_PRIMES.iter().take_while(|prime| **prime <= 167).filter(|prime| **prime > 2);
    primes.copied().all(|prime| is_power_of_65537(rest(modulus, prime), prime))
}

fn is_power_of_65537(number: u32, prime: u32) -> bool {
    let mut power = 1;
    for _ in 0..prime {
        if power == number {
            return true;
        }
        power = power * (65_537 % prime) % prime;
    }
    false
}

/// The first steps of Fermat's factorization: `a² - n` is a square for an `a` that is close to the root of `n`. A modulus
/// that is a square is found, too.
fn has_close_factors(modulus: &BigUint) -> bool {
    let root = modulus.sqrt();
    let first = if &root * &root == *modulus { root } else { root + 1_u32 };
    (0..FERMAT_STEPS).any(|step| is_square(&((&first + step).pow(2) - modulus)))
}

fn is_square(number: &BigUint) -> bool {
    number.sqrt().pow(2) == *number
}

/// Fermat's test with base 2: every prime passes it, and of composite numbers of this size practically none.
fn is_prime(modulus: &BigUint) -> bool {
    let two = BigUint::from(2_u32);
    two.modpow(&(modulus - 1_u32), modulus) == BigUint::from(1_u32)
}

fn rest(number: &BigUint, divisor: u32) -> u32 {
    (number % divisor).try_into().unwrap_or_default()
}

const FERMAT_STEPS: u32 = 16;

/// The primes below 2^16.
static SMALL_PRIMES: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let mut is_composite = vec![false; 1 << 16];
    let mut primes = Vec::new();
    for number in 2..is_composite.len() {
        if !is_composite[number] {
            primes.push(number as u32);
            (number * number..is_composite.len()).step_by(number).for_each(|multiple| is_composite[multiple] = true);
        }
    }
    primes
});

//! Which certificates have which name: a table; and the grammars of names, tried at random.

mod certificates;
mod grammar;

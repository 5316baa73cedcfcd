//! Exports of rules, decided by the engines that they are for. See `tests/`.

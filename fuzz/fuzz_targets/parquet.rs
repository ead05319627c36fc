#![no_main]

use std::sync::Once;

// Panics of the library that reads Parquet are caught. The hook of the fuzzer would stop at them.
static HOOK: Once = Once::new();

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    HOOK.call_once(|| drop(std::panic::take_hook()));
    wirecopy::fuzz::parquet(bytes);
});

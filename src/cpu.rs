//! Checks that the processor has the instructions that this program was compiled for.
//!
//! gxhash needs AES at compile time and has no fallback, so the whole program is built for
//! processors that have it (`.cargo/config.toml`). Without this check the program would die of an
//! illegal instruction on older ones, without an explanation. The standard library cannot detect it:
//! it assumes a feature that is enabled at compile time to be present.

/// Returns the names of the missing instructions, or `None` if there are none.
#[cfg(target_arch = "x86_64")]
pub fn missing() -> Option<String> {
    let [basic, extended] = [1, 0x8000_0001].map(|leaf| u64::from(x86::leaf(leaf)));
    x86::names(basic | extended << 32)
}

/// Returns the names of the missing instructions, or `None` if there are none. That is also the answer
/// where it cannot be found out: every 64-bit ARM machine that runs macOS or Windows has them.
#[cfg(target_arch = "aarch64")]
pub fn missing() -> Option<String> {
    let words = std::fs::read("/proc/self/auxv").ok()?;
    let capabilities = arm::capabilities(&words)?;
    (capabilities & arm::AES == 0).then(|| "aes".to_owned())
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub fn missing() -> Option<String> {
    None
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    /// x86-64-v2 and AES: bits of ECX of leaf 1 and, from 32 on, of leaf 8000_0001.
    const NEEDED: [(u32, &str); 8] = [
        (0, "sse3"),
        (9, "ssse3"),
        (13, "cmpxchg16b"),
        (19, "sse4.1"),
        (20, "sse4.2"),
        (23, "popcnt"),
        (25, "aes"),
        (32, "lahf-sahf"),
    ];

    /// Returns ECX of a CPUID leaf, or 0 if the processor does not have the leaf.
    #[expect(unsafe_code, reason = "the instruction is on every x86-64 processor")]
    #[allow(
        unused_unsafe,
        reason = "safe to call in later versions of Rust, not in the oldest we build with"
    )]
    pub fn leaf(number: u32) -> u32 {
        // SAFETY: every x86-64 processor has CPUID, and the leaf is checked to be in range first.
        unsafe {
            if core::arch::x86_64::__cpuid(number & 0x8000_0000).eax < number {
                return 0;
            }
            core::arch::x86_64::__cpuid(number).ecx
        }
    }

    /// Returns the names of the bits that are not set.
    pub fn names(bits: u64) -> Option<String> {
        let missing = NEEDED.iter().filter(|(bit, _)| bits >> bit & 1 == 0);
        let missing: Vec<&str> = missing.map(|&(_, name)| name).collect();
        (!missing.is_empty()).then(|| missing.join(", "))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn missing_instructions_are_named() {
            assert_eq!(names(u64::MAX), None);
            assert_eq!(names(!(1 << 25)).as_deref(), Some("aes"));
            let missing = names(!(1 << 9 | 1 << 20 | 1 << 32));
            assert_eq!(missing.as_deref(), Some("ssse3, sse4.2, lahf-sahf"));
        }

        #[test]
        fn this_machine_has_them() {
            // The test itself was compiled to use them.
            assert_eq!(super::super::missing(), None);
            assert_eq!(leaf(0x7fff_ffff), 0);
        }
    }
}

#[cfg(any(test, target_arch = "aarch64"))]
mod arm {
    /// HWCAP_AES of the kernel's `hwcap.h`.
    #[cfg_attr(
        not(target_arch = "aarch64"),
        expect(dead_code, reason = "only ARM asks for it")
    )]
    pub const AES: u64 = 1 << 3;
    /// AT_HWCAP of the auxiliary vector.
    const CAPABILITIES: u64 = 16;

    /// Returns the capabilities that the kernel reports in a process's auxiliary vector, which holds
    /// pairs of a kind and a value, 8 bytes each.
    pub fn capabilities(vector: &[u8]) -> Option<u64> {
        let word = |bytes: &[u8]| bytes.try_into().ok().map(u64::from_ne_bytes);
        vector
            .chunks_exact(16)
            .find(|pair| word(&pair[..8]) == Some(CAPABILITIES))
            .and_then(|pair| word(&pair[8..]))
    }

    #[test]
    fn the_vector_is_read() {
        let vector: Vec<u8> = [33u64, 7, 16, 0b1010, 0, 0]
            .iter()
            .flat_map(|w| w.to_ne_bytes())
            .collect();
        assert_eq!(capabilities(&vector), Some(0b1010));
        assert_eq!(capabilities(&[]), None);
    }
}

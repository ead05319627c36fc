//! Random numbers of the tests.

/// A small random generator with a fixed seed.
pub struct DamageRng(pub u64);

impl DamageRng {
    /// Returns a number below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        let product = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = product.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

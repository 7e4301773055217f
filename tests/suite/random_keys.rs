//! Keys, pastes, sizes, times and answers in any order: the console never fails, never writes anything unconfirmed,
//! and always has a way back.

mod answers;
mod driver;
mod steps;

use crate::common::random::number;
use driver::Driver;
use proptest::prelude::*;
use proptest::test_runner::RngAlgorithm;
use steps::step;

/// So many times two hundred steps in the middle: two hundred thousand, and a million with `TENANTRY_TEST_KEYS=5000`.
/// Other ones each time.
fn config_of_many() -> ProptestConfig {
    let cases = u32::try_from(number("TENANTRY_TEST_KEYS").unwrap_or(1_000)).unwrap();
    ProptestConfig { cases, rng_algorithm: RngAlgorithm::XorShift, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config_of_many())]
    #[test]
    fn console_survives_random_keys(steps in prop::collection::vec(step(), 1..400)) {
        let mut driver = Driver::new();
        for (at, step) in steps.iter().enumerate() {
            driver.step(step);
            if at % 32 == 0 {
                driver.draw();
            }
            if driver.is_over {
                driver = Driver::new();
            }
            prop_assert!(!driver.model.layers.is_empty());
        }
        driver.draw();
        driver.goes_back();
    }
}

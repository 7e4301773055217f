//! Keys, pastes, sizes, times and answers in any order: the console never fails, never writes anything unconfirmed,
//! and always has a way back.

mod answers;
mod driver;
mod steps;

use driver::Driver;
use proptest::prelude::*;
use proptest::test_runner::RngAlgorithm;
use steps::step;

/// A million steps: five thousand times two hundred in the middle.
fn config_of_a_million() -> ProptestConfig {
    ProptestConfig { cases: 5_000, rng_algorithm: RngAlgorithm::XorShift, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config_of_a_million())]
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

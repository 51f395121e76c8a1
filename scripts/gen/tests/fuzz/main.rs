//! Whatever the text of `.proto` files: no panic, no hang, bounded memory, and
//! code for all that is accepted. Failing cases are kept in
//! `fuzz.proptest-regressions`.
//!
//! More cases than the test suite runs: `PROPTEST_CASES=100000 cargo test
//! --release -p grpcio-gen --test fuzz`.

mod bounds;
mod items;
mod pipeline;
mod texts;
mod trees;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::FileFailurePersistence;

use self::pipeline::{run, run_one};
use self::texts::{edit, edited, file, seeds};
use self::trees::tree;

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuzz.proptest-regressions"),
        ))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_bytes_are_refused_with_a_place(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        run_one(&bytes)?;
    }

    #[test]
    fn awkward_protos_with_edits_are_refused_with_a_place_or_give_code(
        seed in select(seeds()),
        edits in prop::collection::vec(edit(), 1..6),
    ) {
        run_one(edited(seed, edits).as_bytes())?;
    }

    #[test]
    fn funny_names_are_refused_with_a_place_or_give_code(text in file()) {
        run_one(text.as_bytes())?;
    }

    #[test]
    fn files_that_import_each_other_are_refused_with_a_place_or_give_code(tree in tree()) {
        run(&tree.files, &tree.inputs)?;
    }
}

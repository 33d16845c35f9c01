use super::compile::{ATTENTION, PASSES, compile};
use crate::Precision;

#[test]
fn kernels_can_be_compiled_for_cards_of_every_kind() {
    for (capability, precision) in
        [(75, Precision::F16), (80, Precision::Bf16), (90, Precision::F16), (90, Precision::F32)]
    {
        for source in [PASSES, ATTENTION] {
            match compile(source, capability, precision) {
                Ok(code) => assert!(!code.is_empty()),
                Err(reason) if reason.to_string().starts_with("cannot load") => {
                    return eprintln!("skipped: {reason}");
                }
                Err(reason) => panic!("{reason}"),
            }
        }
    }
}

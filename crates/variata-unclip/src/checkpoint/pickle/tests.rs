//! Programs by hand, for what no fixture has; a file that PyTorch wrote is among the checkpoints.

use super::machine::{Fault, run};

/// A storage `0` of single precision, as the instructions that put it on the stack.
const STORAGE: &[u8] =
    b"(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x06tQ";

fn program(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// A dictionary with one tensor `a`, of these arguments after the storage.
fn one_tensor(arguments: &[u8]) -> Vec<u8> {
    let rebuild = b"ctorch._utils\n_rebuild_tensor_v2\n(";
    program(&[b"\x80\x02}X\x01\0\0\0a", rebuild, STORAGE, arguments, b"tRs."])
}

#[test]
fn a_tensor_is_what_its_description_says() {
    let tensors = run(&one_tensor(b"K\x02K\x01K\x02\x86K\x02K\x01\x86\x89")).unwrap();
    let tensor = &tensors["a"];
    assert_eq!((&*tensor.storage.class, &*tensor.storage.key), ("FloatStorage", "0"));
    assert_eq!((tensor.offset, &*tensor.shape, &*tensor.strides), (2, &[1, 2][..], &[2, 1][..]));
}

#[test]
fn code_is_named_and_not_run() {
    for program in [
        b"\x80\x02cposix\nsystem\nX\x02\0\0\0ls\x85R.".as_slice(),
        b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x02ls\x85R.",
        b"\x80\x02cposix\nsystem\n)\x81.",
    ] {
        assert_eq!(run(program).unwrap_err(), Fault::Code("posix.system".into()));
    }
}

#[test]
fn what_describes_no_tensors_is_refused() {
    for program in [
        b"".as_slice(),
        b".",
        b"K\x01.",
        b"K\x01K",
        b"R.",
        b")R.",
        b"t.",
        b"\x85.",
        b"h\x05.",
        b"q\x05.",
        b"K\x01K\x01s.",
        b"X\xff\xff\xff\xffa.",
        b"\x8a\x09123456789.",
        b"))))\x85\x85\x85\x85\x85.",
        b"\xff.",
        b"ctorch._utils\n_rebuild_tensor_v2\n)R.",
    ] {
        let fault = run(program).unwrap_err();
        assert!(matches!(fault, Fault::Malformed(_)), "{program:?}: {fault:?}");
    }
    let negative = one_tensor(b"J\xff\xff\xff\xffK\x01\x85K\x01\x85\x89");
    assert!(run(&negative).is_err());
}

#[test]
fn a_program_that_ends_anywhere_is_refused() {
    let whole = one_tensor(b"K\x02K\x01K\x02\x86K\x02K\x01\x86\x89");
    for length in 0..whole.len() {
        assert!(run(&whole[..length]).is_err(), "{length} bytes");
    }
}

#[test]
fn only_numbers_in_a_row_are_read() {
    assert!(super::is_in_a_row(&[2, 3], &[3, 1]));
    assert!(super::is_in_a_row(&[1, 3], &[77, 1]));
    assert!(!super::is_in_a_row(&[2, 3], &[1, 2]));
    assert!(!super::is_in_a_row(&[2, 3], &[3]));
}

//! What instructions are given (ISO 32000-2, 7.8.2). Files give too much, too little, or something else.

use hayro_syntax::{content::Instruction, object::Object};

use super::state::Matrix;

/// A name's bytes.
pub(super) fn as_name<'o>(object: &'o Object<'_>) -> Option<&'o [u8]> {
    match object {
        Object::Name(name) => Some(name.as_ref()),
        _ => None,
    }
}

fn as_number(object: &Object<'_>) -> Option<f64> {
    match object {
        Object::Number(number) => Some(number.as_f64()).filter(|number| number.is_finite()),
        _ => None,
    }
}

/// The last operand, where it is a number.
pub(super) fn last(instruction: &Instruction<'_, '_>) -> Option<f64> {
    instruction.operands().last().and_then(as_number)
}

/// The last `N` operands, where all are numbers: stray ones before them do no harm.
pub(super) fn numbers<const N: usize>(instruction: &Instruction<'_, '_>) -> Option<[f64; N]> {
    let count = instruction.operands().count();
    take(instruction.operands().skip(count.saturating_sub(N)))
}

/// The first `N` operands, where all are numbers.
pub(super) fn first_numbers<const N: usize>(instruction: &Instruction<'_, '_>) -> Option<[f64; N]> {
    take(instruction.operands())
}

fn take<'o, 'a: 'o, const N: usize>(mut operands: impl Iterator<Item = &'o Object<'a>>) -> Option<[f64; N]> {
    let mut numbers = [0.0; N];
    for number in &mut numbers {
        *number = as_number(operands.next()?)?;
    }
    Some(numbers)
}

/// The last six operands as a matrix.
pub(super) fn matrix(instruction: &Instruction<'_, '_>) -> Option<Matrix> {
    numbers(instruction).map(Matrix::new)
}

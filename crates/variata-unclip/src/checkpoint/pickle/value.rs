//! What a description of tensors is made of.

use std::collections::BTreeMap;
use std::rc::Rc;

/// A value on the machine's stack or in its memory. What is shared is counted, so a copy is small
/// whatever it is a copy of.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// Where the arguments of a later instruction start.
    Mark,
    /// Something that describes no tensor: a flag, a fraction, a list.
    Other,
    Number(i64),
    Text(Rc<str>),
    /// A function or a class, by its module and name.
    Callable(Rc<str>),
    Tuple {
        values: Rc<[Value]>,
        /// How many tuples lie in each other, this one included.
        depth: usize,
    },
    Storage(Rc<Storage>),
    Tensor(Rc<Tensor>),
    Tensors(Tensors),
}

/// Tensors by name.
pub(super) type Tensors = BTreeMap<Rc<str>, Rc<Tensor>>;

/// Numbers in a row, which tensors are views of.
#[derive(Debug)]
pub(super) struct Storage {
    /// PyTorch's class, which says what the numbers are.
    pub(super) class: Rc<str>,
    /// The entry of the archive, in the folder `data`.
    pub(super) key: Rc<str>,
}

/// A view of a storage.
#[derive(Debug)]
pub(super) struct Tensor {
    pub(super) storage: Rc<Storage>,
    /// Numbers before the first.
    pub(super) offset: u64,
    pub(super) shape: Vec<usize>,
    /// How many numbers a step along each side goes on.
    pub(super) strides: Vec<usize>,
}

/// No tuple of a description holds tuples that hold tuples that hold tuples.
const MAX_DEPTH: usize = 4;

impl Value {
    /// A tuple, unless it is too deep to be one of a description.
    pub(super) fn tuple(values: Vec<Self>) -> Option<Self> {
        let depth = 1 + values.iter().map(Self::depth).max().unwrap_or(0);
        (depth <= MAX_DEPTH).then(|| Self::Tuple { values: values.into(), depth })
    }

    fn depth(&self) -> usize {
        if let Self::Tuple { depth, .. } = self { *depth } else { 0 }
    }

    pub(super) fn text(&self) -> Option<Rc<str>> {
        if let Self::Text(text) = self { Some(Rc::clone(text)) } else { None }
    }

    pub(super) fn callable(&self) -> Option<Rc<str>> {
        if let Self::Callable(name) = self { Some(Rc::clone(name)) } else { None }
    }

    pub(super) fn elements(&self) -> Option<&[Self]> {
        if let Self::Tuple { values, .. } = self { Some(values) } else { None }
    }

    pub(super) fn count<T: TryFrom<i64>>(&self) -> Option<T> {
        if let Self::Number(number) = self { T::try_from(*number).ok() } else { None }
    }

    /// The sides of a tensor, or the strides.
    pub(super) fn counts(&self) -> Option<Vec<usize>> {
        self.elements()?.iter().map(Self::count).collect()
    }
}

//! The machine that a pickle is a program for, as far as descriptions of tensors need it.
//!
//! The instructions are those of Python's `pickletools`. Nothing is called: of the three callables
//! that PyTorch's own files name, the machine knows what they would return.

use std::collections::HashMap;
use std::rc::Rc;

use super::value::{Storage, Tensor, Tensors, Value};

/// Why a program was not run to its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is no program, or does what no description does.
    Malformed(String),
    /// It asks for this callable, which builds no tensor.
    Code(String),
}

/// The tensors that `program` describes.
pub(super) fn run(program: &[u8]) -> Result<Tensors, Fault> {
    let mut machine = Machine { rest: program, stack: Vec::new(), memory: HashMap::new() };
    while machine.step()? == Next::Instruction {}
    match machine.stack.pop() {
        Some(Value::Tensors(tensors)) => Ok(tensors),
        _ => Err(malformed("it describes no tensors by name")),
    }
}

#[derive(Debug)]
struct Machine<'a> {
    rest: &'a [u8],
    stack: Vec<Value>,
    /// Values that were kept to be used again, by number.
    memory: HashMap<usize, Value>,
}

#[derive(Debug, PartialEq, Eq)]
enum Next {
    Instruction,
    Stop,
}

impl<'a> Machine<'a> {
    fn step(&mut self) -> Result<Next, Fault> {
        let [instruction] = self.bytes()?;
        match instruction {
            b'.' => return Ok(Next::Stop),
            // What a program starts with.
            0x80 => drop(self.bytes::<1>()?),
            0x95 => drop(self.bytes::<8>()?),
            b'(' => self.stack.push(Value::Mark),
            b'N' | 0x88 | 0x89 | b']' => self.stack.push(Value::Other),
            b'G' => {
                self.bytes::<8>()?;
                self.stack.push(Value::Other);
            }
            b'}' => self.stack.push(Value::Tensors(Tensors::new())),
            b'K' | b'M' | b'J' | 0x8a => self.number(instruction)?,
            b'X' | 0x8c => self.text(instruction)?,
            b'c' | 0x93 => self.callable(instruction)?,
            b')' | 0x85..=0x87 | b't' => self.tuple(instruction)?,
            b'q' | b'r' | 0x94 => self.keep(instruction)?,
            b'h' | b'j' => self.recall(instruction)?,
            b'Q' => self.storage()?,
            b'R' | 0x81 => self.call()?,
            // The state of an object: of dictionaries, what versions their parts have.
            b'b' | b'a' => drop(self.pop()?),
            b'e' => drop(self.pop_to_mark()?),
            b's' => {
                let value = self.pop()?;
                let name = self.pop()?;
                self.insert([name, value])?;
            }
            b'u' => {
                let items = self.pop_to_mark()?;
                for [name, value] in items.as_chunks().0 {
                    self.insert([name.clone(), value.clone()])?;
                }
            }
            other => return Err(malformed(format!("it has the instruction {other:#04x}"))),
        }
        Ok(Next::Instruction)
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or_else(cut)?;
        self.rest = rest;
        Ok(*bytes)
    }

    fn count(&mut self, is_long: bool) -> Result<usize, Fault> {
        Ok(if is_long {
            u32::from_le_bytes(self.bytes()?) as usize
        } else {
            let [count] = self.bytes()?;
            usize::from(count)
        })
    }

    fn pop(&mut self) -> Result<Value, Fault> {
        self.stack.pop().ok_or_else(|| malformed("it takes what it did not put down"))
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Value>, Fault> {
        let mark = self.stack.iter().rposition(|value| matches!(value, Value::Mark));
        let mark = mark.ok_or_else(|| malformed("it takes what it did not put down"))?;
        let values = self.stack.split_off(mark + 1);
        self.stack.pop();
        Ok(values)
    }

    fn number(&mut self, instruction: u8) -> Result<(), Fault> {
        let number = match instruction {
            b'K' => i64::from(u8::from_le_bytes(self.bytes()?)),
            b'M' => i64::from(u16::from_le_bytes(self.bytes()?)),
            b'J' => i64::from(i32::from_le_bytes(self.bytes()?)),
            _ => self.long_number()?,
        };
        self.stack.push(Value::Number(number));
        Ok(())
    }

    /// A number of up to eight bytes, the highest of which says whether it is negative.
    fn long_number(&mut self) -> Result<i64, Fault> {
        let length = self.count(false)?;
        let digits = self.take(length)?;
        let negative = digits.last().is_some_and(|&digit| digit >= 0x80);
        let mut bytes = [if negative { 0xff } else { 0 }; 8];
        let low = bytes.get_mut(..length).ok_or_else(|| malformed("a number is too long"))?;
        low.copy_from_slice(digits);
        Ok(i64::from_le_bytes(bytes))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Fault> {
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or_else(cut)?;
        self.rest = rest;
        Ok(bytes)
    }

    fn text(&mut self, instruction: u8) -> Result<(), Fault> {
        let length = self.count(instruction == b'X')?;
        let text = std::str::from_utf8(self.take(length)?);
        let text: Rc<str> = text.map_err(|_| malformed("a text is not UTF-8"))?.into();
        self.stack.push(Value::Text(text));
        Ok(())
    }

    /// A module and a name in it, in two lines or from the stack.
    fn callable(&mut self, instruction: u8) -> Result<(), Fault> {
        let name = if instruction == b'c' {
            let (module, name) = (self.line()?, self.line()?);
            format!("{module}.{name}")
        } else {
            let (name, module) = (self.pop()?.text(), self.pop()?.text());
            let both = module.zip(name).ok_or_else(|| malformed("a callable has no name"))?;
            format!("{}.{}", both.0, both.1)
        };
        self.stack.push(Value::Callable(name.into()));
        Ok(())
    }

    fn line(&mut self) -> Result<String, Fault> {
        let length = self.rest.iter().position(|&byte| byte == b'\n').ok_or_else(cut)?;
        let line = String::from_utf8_lossy(self.take(length)?).into_owned();
        self.bytes::<1>()?;
        Ok(line)
    }

    fn tuple(&mut self, instruction: u8) -> Result<(), Fault> {
        let values = match instruction {
            b')' => Vec::new(),
            b't' => self.pop_to_mark()?,
            _ => {
                let length = usize::from(instruction - 0x84);
                let start = self.stack.len().checked_sub(length);
                let start = start.ok_or_else(|| malformed("it takes what it did not put down"))?;
                self.stack.split_off(start)
            }
        };
        let tuple = Value::tuple(values).ok_or_else(|| malformed("its tuples are too deep"))?;
        self.stack.push(tuple);
        Ok(())
    }

    fn keep(&mut self, instruction: u8) -> Result<(), Fault> {
        let at = match instruction {
            0x94 => self.memory.len(),
            _ => self.count(instruction == b'r')?,
        };
        let value = self.stack.last().ok_or_else(|| malformed("it keeps what is not there"))?;
        // Dictionaries are kept while they are empty; descriptions do not come back to them.
        let value = if let Value::Tensors(_) = value { Value::Other } else { value.clone() };
        self.memory.insert(at, value);
        Ok(())
    }

    fn recall(&mut self, instruction: u8) -> Result<(), Fault> {
        let at = self.count(instruction == b'j')?;
        let value =
            self.memory.get(&at).ok_or_else(|| malformed("it recalls what it never kept"))?;
        self.stack.push(value.clone());
        Ok(())
    }

    /// A storage, by a tuple that tells class, key, device and length.
    fn storage(&mut self) -> Result<(), Fault> {
        let id = self.pop()?;
        let storage = match id.elements() {
            Some([_, class, key, ..]) => class.callable().zip(key.text()),
            _ => None,
        };
        let (class, key) = storage.ok_or_else(|| malformed("it refers to what is no storage"))?;
        let class = class.strip_prefix("torch.").unwrap_or(&class).into();
        self.stack.push(Value::Storage(Rc::new(Storage { class, key })));
        Ok(())
    }

    fn call(&mut self) -> Result<(), Fault> {
        let arguments = self.pop()?;
        let callable = self.pop()?.callable();
        let callable = callable.ok_or_else(|| malformed("it calls what is no callable"))?;
        let arguments = arguments.elements().unwrap_or_default();
        let value = match &*callable {
            "collections.OrderedDict" => Some(Value::Tensors(Tensors::new())),
            "torch._utils._rebuild_tensor_v2" => tensor(arguments),
            "torch._utils._rebuild_parameter" => arguments.first().cloned(),
            _ => return Err(Fault::Code(callable.to_string())),
        };
        let value = value.ok_or_else(|| malformed(format!("it misuses {callable}")))?;
        self.stack.push(value);
        Ok(())
    }

    /// Adds to the dictionary on top of the stack what is a tensor with a name.
    fn insert(&mut self, [name, value]: [Value; 2]) -> Result<(), Fault> {
        let Some(Value::Tensors(tensors)) = self.stack.last_mut() else {
            return Err(malformed("it adds to what is no dictionary"));
        };
        if let (Some(name), Value::Tensor(tensor)) = (name.text(), value) {
            tensors.insert(name, tensor);
        }
        Ok(())
    }
}

/// What PyTorch's function makes of a storage, an offset, sides and strides.
fn tensor(arguments: &[Value]) -> Option<Value> {
    let [Value::Storage(storage), offset, shape, strides, ..] = arguments else {
        return None;
    };
    let (offset, shape, strides) = (offset.count()?, shape.counts()?, strides.counts()?);
    let storage = Rc::clone(storage);
    Some(Value::Tensor(Rc::new(Tensor { storage, offset, shape, strides })))
}

fn malformed(reason: impl Into<String>) -> Fault {
    Fault::Malformed(reason.into())
}

fn cut() -> Fault {
    malformed("its description ends too early")
}

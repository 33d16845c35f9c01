//! The zip archive around a pickle. PyTorch stores its entries as they are, uncompressed, so that
//! numbers can be read where they lie.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use rawzip::{CompressionMethod, RECOMMENDED_BUFFER_SIZE, ZipArchive};

/// The entries of an archive by their names, without the folder that all are in.
#[derive(Debug)]
pub(super) struct Archive {
    entries: HashMap<String, Entry>,
}

/// Where an entry lies, in bytes from the start of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) start: u64,
    pub(super) end: u64,
}

/// Tensors of the largest checkpoints are thousands; each is an entry.
const MAX_ENTRIES: usize = 100_000;
/// The description of a tensor has a few hundred bytes.
const MAX_DESCRIPTION_BYTES: u64 = 64 * 1024 * 1024;

impl Archive {
    /// Reads the directory of an archive; says what is wrong with it.
    pub(super) fn open(file: &File, found_bytes: u64) -> Result<Self, String> {
        let file = file.try_clone().map_err(|error| error.to_string())?;
        let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
        let archive = ZipArchive::from_file(file, &mut buffer).map_err(|_| no_archive())?;
        let mut entries = HashMap::new();
        let mut directory = archive.entries(&mut buffer);
        while let Some(record) = directory.next_entry().map_err(|error| error.to_string())? {
            let path = record.file_path().try_normalize().map_err(|error| error.to_string())?;
            let path = path.as_ref().to_owned();
            if record.compression_method() != CompressionMethod::STORE {
                return Err(format!("its entry {path} is compressed"));
            }
            let entry = archive.get_entry(record.wayfinder()).map_err(|error| error.to_string())?;
            let (start, end) = entry.compressed_data_range();
            if end > found_bytes || entries.len() >= MAX_ENTRIES {
                return Err(format!("its entry {path} is out of range"));
            }
            let name = path.split_once('/').map_or(path.as_str(), |(_, name)| name);
            entries.insert(name.to_owned(), Entry { start, end });
        }
        Ok(Self { entries })
    }

    /// The pickle.
    pub(super) fn description(&self, mut file: &File) -> Result<Vec<u8>, String> {
        let entry = self.entries.get("data.pkl").ok_or("it has no entry data.pkl")?;
        let length = entry.end.saturating_sub(entry.start);
        if length > MAX_DESCRIPTION_BYTES {
            return Err(format!("its data.pkl has {length} bytes"));
        }
        let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
        file.seek(SeekFrom::Start(entry.start))
            .and_then(|_| file.read_exact(&mut bytes))
            .map_err(|error| error.to_string())?;
        Ok(bytes)
    }

    /// Where the numbers of a storage are.
    pub(super) fn storage(&self, key: &str) -> Option<Entry> {
        self.entries.get(&format!("data/{key}")).copied()
    }
}

/// What the end of the file tells: a directory is written last.
fn no_archive() -> String {
    "there is no archive, or its end is missing: the download may have broken off".into()
}

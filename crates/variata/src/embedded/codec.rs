//! What is done on the compute pool before and after the engine: read the caller's picture, and
//! bring each variation to where it goes.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use variata_contract::{ErrorObject, Fields, check_header, read_source};
use variata_core::{SquareImage, Variation, VariationSpec};
use variata_dispatch::{BoxError, Codec};
use variata_image::{DecodeLimits, Fit, Lineage, OutputFormat, encode};

use super::folder::Folder;
use crate::{Error, ImageInput};

/// Where finished images go.
pub(super) enum Destination {
    /// In base64 into the answer.
    Answer,
    /// Into files, and links to them into the answer.
    Folder(Arc<Folder>),
}

/// The picture of one call, and what becomes of its variations.
pub(super) struct CallCodec {
    /// Taken when it is read.
    image: Mutex<Option<ImageInput>>,
    engine_id: String,
    spec: VariationSpec,
    fit: Fit,
    format: OutputFormat,
    destination: Destination,
    wants_previews: bool,
    /// Known once the source is read.
    lineage: OnceLock<Lineage>,
}

impl CallCodec {
    pub(super) fn new(
        image: ImageInput,
        fields: &Fields,
        spec: VariationSpec,
        destination: Destination,
    ) -> Self {
        Self {
            image: Mutex::new(Some(image)),
            engine_id: fields.engine.id().to_owned(),
            spec,
            fit: fields.fit,
            format: fields.output_format,
            destination,
            wants_previews: fields.delivery.partial_images() > 0,
            lineage: OnceLock::new(),
        }
    }

    fn load(&self) -> Result<Bytes, Error> {
        let image = self.image.lock().unwrap_or_else(PoisonError::into_inner).take();
        let file = image.map_or_else(|| Ok(Bytes::new()), ImageInput::load)?;
        let actual_bytes = file.len() as u64;
        if actual_bytes > DecodeLimits::ENDPOINT_MAX_BYTES {
            return Err(ErrorObject::image_too_long(actual_bytes).into());
        }
        check_header(&file, self.fit)?;
        Ok(file)
    }

    fn read_square(&self) -> Result<SquareImage, Error> {
        let source = read_source(&self.load()?, self.fit)?;
        self.lineage.get_or_init(|| source.lineage);
        Ok(source.image)
    }
}

impl Codec for CallCodec {
    fn read(&self) -> Result<SquareImage, BoxError> {
        self.read_square().map_err(BoxError::from)
    }

    fn write(&self, variation: &Variation) -> Result<Bytes, BoxError> {
        let lineage =
            self.lineage.get().ok_or("a variation was made before its source was read")?;
        let record = lineage.record(&self.engine_id, &self.spec, variation);
        let file = encode(&variation.image, self.format, Some(&record))?;
        let text = match &self.destination {
            Destination::Answer => STANDARD.encode(file),
            Destination::Folder(folder) => {
                folder.put(&format!("{}.{}", record.id, self.format.extension()), &file)?
            }
        };
        Ok(Bytes::from(text))
    }

    fn wants_previews(&self) -> bool {
        self.wants_previews
    }

    /// Always in base64: previews are seen once, so there are no files of them.
    fn write_preview(&self, _index: u32, image: &SquareImage) -> Option<Bytes> {
        let file = encode(image, self.format, None).ok()?;
        Some(Bytes::from(STANDARD.encode(file)))
    }
}

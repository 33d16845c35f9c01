//! Files in S3, or in a service that speaks its protocol.
//!
//! ```text
//! PREFIX/files/{name}              a finished file; its metadata holds its expiry
//! PREFIX/expiring/{expiry}-{name}  an empty entry that leads the sweeper to it
//! ```
//!
//! S3 finds objects by their names only, and a file's name must not depend on its expiry, or no one
//! could ask for it. So each file has an entry that does, put before it: a file without an entry
//! would never be swept, an entry without a file does no harm. The metadata decide, since a refused
//! second put leaves an entry too.

mod error;
mod location;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::ready;
use futures_util::stream::{StreamExt as _, TryStreamExt as _};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, BackoffConfig, ClientOptions, GetOptions, ObjectStore as _,
    ObjectStoreExt as _, PutMode, PutOptions, PutPayload, RetryConfig,
};

use crate::{BoxFuture, FileName, Store, StoreError, StoredFile, Timestamp};
use error::{about, about_file};
pub use location::{InvalidS3Location, S3Location};

/// The longest that the service may take to answer: one that is gone is told while a caller still
/// waits.
const CALL_LIMIT: Duration = Duration::from_millis(1800);

/// The slowest that the bytes of a file may be taken, beyond that.
const SLOWEST_BYTES_PER_SECOND: u32 = 256 * 1024;

/// The longest that opening a connection may take; there are two tries.
const CONNECT_LIMIT: Duration = Duration::from_millis(800);

/// The longest pause between two pieces of a file that is read.
const READ_LIMIT: Duration = Duration::from_secs(10);

/// How many files are swept at a time.
const SWEPT_AT_ONCE: usize = 8;

/// The largest file that is taken; the largest picture has a quarter of that.
const MAX_FILE_BYTES: usize = 64 * 1024 * 1024;

/// The name of the metadata that holds a file's expiry.
const EXPIRES: &str = "expires";

/// A [`Store`] in a bucket, which any number of processes may share.
#[derive(Debug, Clone)]
pub struct S3Store {
    bucket: Arc<AmazonS3>,
    prefix: Path,
}

impl S3Store {
    /// The store at `location`. `settings` are named as AWS's tools name their environment, such as
    /// `AWS_ACCESS_KEY_ID`, `AWS_REGION`, `AWS_ENDPOINT` and `AWS_ALLOW_HTTP`; others are ignored.
    /// The service is not asked yet.
    ///
    /// # Errors
    ///
    /// [`StoreError::Io`] when a setting is wrong.
    pub fn open(
        location: &S3Location,
        settings: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, StoreError> {
        // Fails when the program has chosen another already, which will do as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = ClientOptions::new()
            .with_connect_timeout(CONNECT_LIMIT)
            .with_read_timeout(READ_LIMIT)
            // As long as a slow reader takes; the limits above notice a service that is gone.
            .with_timeout_disabled();
        let builder = AmazonS3Builder::new().with_client_options(client).with_retry(retry());
        let known = settings.into_iter().filter_map(|(name, value)| {
            let is_aws = name.starts_with("AWS_");
            name.to_ascii_lowercase().parse().ok().filter(|_| is_aws).zip(Some(value))
        });
        let builder = known.fold(builder, |builder, (key, value)| builder.with_config(key, value));
        let bucket = builder.with_bucket_name(location.bucket()).build();
        let bucket = bucket.map_err(|error| about("use the bucket", error))?;
        Ok(Self { bucket: Arc::new(bucket), prefix: location.prefix().clone() })
    }

    fn file(&self, name: FileName) -> Path {
        self.prefix.clone().join("files").join(name.to_string())
    }

    fn entries(&self) -> Path {
        self.prefix.clone().join("expiring")
    }

    /// Entries sort by their expiry, for whoever looks at a bucket.
    fn entry(&self, name: FileName, expires: Timestamp) -> Path {
        self.entries().join(format!("{:020}-{name}", expires.seconds()))
    }

    /// Puts nothing else before the entry, so a service that is gone is known by it.
    async fn put_entry(&self, name: FileName, expires: Timestamp) -> Result<(), StoreError> {
        let put = self.bucket.put(&self.entry(name, expires), PutPayload::new()).await;
        put.map(drop).map_err(|error| about(format!("announce {name}"), error))
    }

    async fn put_file(
        &self,
        name: FileName,
        bytes: Bytes,
        expires: Timestamp,
    ) -> Result<(), StoreError> {
        let attributes = attributes(name, expires);
        let options = PutOptions { mode: PutMode::Create, attributes, ..PutOptions::default() };
        let put = self.bucket.put_opts(&self.file(name), bytes.into(), options).await;
        put.map(drop).map_err(|error| about_file("write", name, error))
    }

    async fn open_file(&self, name: FileName) -> Result<StoredFile, StoreError> {
        let failed = move |error| about_file("read", name, error);
        let found = self.bucket.get(&self.file(name)).await.map_err(failed)?;
        let length_bytes = found.meta.size;
        let body = found.into_stream().map_err(failed).boxed();
        Ok(StoredFile { name, length_bytes, body })
    }

    /// Deletes the file that an entry leads to when it is there and has expired, and the entry.
    async fn sweep_one(&self, due: Due, now: Timestamp) -> Result<bool, StoreError> {
        let name = due.name;
        let failed = move |error| about_file("delete", name, error);
        let is_expired = match self.expiry(name).await {
            Ok(expires) => expires.unwrap_or(due.expires) <= now,
            Err(StoreError::NotFound { .. }) => false,
            Err(error) => return Err(error),
        };
        if is_expired {
            self.bucket.delete(&self.file(name)).await.map_err(failed)?;
        }
        self.bucket.delete(&self.entry(name, due.expires)).await.map_err(failed)?;
        Ok(is_expired)
    }

    /// What a file's metadata say; none when the service has lost them.
    async fn expiry(&self, name: FileName) -> Result<Option<Timestamp>, StoreError> {
        let head = GetOptions::new().with_head(true);
        let found = self.bucket.get_opts(&self.file(name), head).await;
        let found = found.map_err(|error| about_file("look at", name, error))?;
        let expires = found.attributes.get(&Attribute::Metadata(EXPIRES.into()));
        let seconds = expires.and_then(|seconds| seconds.parse().ok());
        Ok(seconds.map(Timestamp::from_seconds))
    }
}

impl Store for S3Store {
    fn put(
        &self,
        name: FileName,
        bytes: Bytes,
        expires: Timestamp,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        if bytes.len() > MAX_FILE_BYTES {
            let error = StoreError::too_large(name, bytes.len(), MAX_FILE_BYTES);
            return Box::pin(ready(Err(error)));
        }
        Box::pin(async move {
            let upload =
                CALL_LIMIT + Duration::from_secs(bytes.len() as u64) / SLOWEST_BYTES_PER_SECOND;
            in_time("announce", name, CALL_LIMIT, self.put_entry(name, expires)).await?;
            in_time("write", name, upload, self.put_file(name, bytes, expires)).await
        })
    }

    fn get(&self, name: FileName) -> BoxFuture<'_, Result<StoredFile, StoreError>> {
        Box::pin(in_time("read", name, CALL_LIMIT, self.open_file(name)))
    }

    fn delete_expired(&self, now: Timestamp) -> BoxFuture<'_, Result<u64, StoreError>> {
        Box::pin(async move {
            let listed = self.bucket.list(Some(&self.entries()));
            let due = listed.try_filter_map(move |object| {
                ready(Ok(Due::read(&object.location).filter(|due| due.expires <= now)))
            });
            let sweep = async |due: Result<Due, object_store::Error>| {
                let due = due.map_err(|error| about("list the expiring files", error))?;
                in_time("delete", due.name, CALL_LIMIT, self.sweep_one(due, now)).await
            };
            let mut swept = due.map(sweep).buffer_unordered(SWEPT_AT_ONCE);
            let (mut deleted, mut problem) = (0, None);
            while let Some(outcome) = swept.next().await {
                match outcome {
                    Ok(gone) => deleted += u64::from(gone),
                    Err(error) => problem = Some(error),
                }
            }
            problem.map_or(Ok(deleted), Err)
        })
    }
}

/// What an entry says.
#[derive(Debug, Clone, Copy)]
struct Due {
    name: FileName,
    expires: Timestamp,
}

impl Due {
    /// None for objects that are not ours, which are left alone.
    fn read(entry: &Path) -> Option<Self> {
        let (expires, name) = entry.filename()?.split_once('-')?;
        let expires = Timestamp::from_seconds(expires.parse().ok()?);
        Some(Self { name: name.parse().ok()?, expires })
    }
}

/// A file's media type, for whoever looks at a bucket, and its expiry.
fn attributes(name: FileName, expires: Timestamp) -> Attributes {
    Attributes::from_iter([
        (Attribute::ContentType, name.kind.content_type().to_owned()),
        (Attribute::Metadata(EXPIRES.into()), expires.to_string()),
    ])
}

/// One quick second try, for a connection that the service had closed.
fn retry() -> RetryConfig {
    let backoff = BackoffConfig {
        init_backoff: Duration::from_millis(50),
        max_backoff: Duration::from_millis(200),
        ..BackoffConfig::default()
    };
    RetryConfig { backoff, max_retries: 1, retry_timeout: CALL_LIMIT }
}

async fn in_time<T>(
    action: &str,
    name: FileName,
    limit: Duration,
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let done = tokio::time::timeout(limit, work).await;
    done.unwrap_or_else(|_| Err(StoreError::no_answer(format!("{action} {name}"), limit)))
}

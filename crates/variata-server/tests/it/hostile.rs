//! Pictures that were made to break decoders.

use std::path::PathBuf;

use crate::support::{Form, TestServer};

/// The corpora that are kept beside the repository, if they are there.
fn corpora() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("VARIATA_SHARED").map_or(beside, PathBuf::from);
    let corpora = shared.join("corpora");
    corpora.is_dir().then_some(corpora)
}

#[tokio::test]
async fn no_picture_of_the_corpora_is_our_fault() {
    let Some(corpora) = corpora() else {
        println!("skipped: no corpora beside the repository");
        return;
    };
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    let mut accepted = 0;
    for folder in ["pngsuite", "bugfixes", "fuzz-decode"] {
        for entry in std::fs::read_dir(corpora.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let file = std::fs::read(&path).unwrap();
            let form = Form::empty().image(&file).text("size", "256x256").text("fit", "crop");
            let reply = client.post(&form).await;
            assert!([200, 400].contains(&reply.status), "{} for {path:?}", reply.status);
            accepted += u32::from(reply.status == 200);
            let name = path.file_name().unwrap().to_string_lossy();
            let must_fail = folder != "fuzz-decode" && name.starts_with('x');
            assert!(!must_fail || reply.status == 400, "{path:?} was taken");
        }
    }
    assert!(accepted > 100, "only {accepted} pictures were taken");
}

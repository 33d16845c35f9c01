//! Variations one by one, as they come.

use std::sync::Arc;

use variata::{Client, Error, ResponseFormat, VariationEvent, VariationEvents};

use crate::support::{
    Gate, GatedEngine, Makers, PanickingEngine, Scripted, SketchingEngine, answer, png,
};

async fn all(mut events: VariationEvents) -> Vec<Result<VariationEvent, Error>> {
    let mut all = Vec::new();
    while let Some(event) = events.next().await {
        all.push(event);
    }
    all
}

#[tokio::test]
async fn coarse_pictures_come_before_each_finished_one() {
    let makers = Makers::with(Arc::new(SketchingEngine)).await;
    for (maker, client) in makers.both() {
        let call = client.images().create_variation(png()).n(2).seed(7);
        let (mut coarse, mut finished) = ([0, 0], Vec::new());
        for event in all(call.partial_images(2).stream()).await {
            match event.unwrap() {
                VariationEvent::PartialImage(partial) => {
                    let count = &mut coarse[partial.index as usize];
                    assert_eq!(partial.partial_image_index, *count, "{maker}");
                    assert!(partial.image.bytes().unwrap().starts_with(b"\x89PNG"), "{maker}");
                    *count += 1;
                }
                VariationEvent::Completed(image) => finished.push(image),
                other => panic!("{maker} sent {other:?}"),
            }
        }
        assert!(coarse[0] >= 1 && coarse.iter().all(|count| *count <= 2), "{maker}: {coarse:?}");
        for (image, index) in finished.iter().zip(0..) {
            assert_eq!((image.index, image.seed), (index, Some(7 + u64::from(index))), "{maker}");
            assert_eq!(image.description.class, "test", "{maker}");
            assert_eq!(image.description.operation, "copy", "{maker}");
            assert_eq!(image.description.scores["beauty"], 0.5, "{maker}");
        }
        assert_eq!(finished.len(), 2, "{maker}");
    }
}

#[tokio::test]
async fn links_are_streamed_where_they_are_asked_for() {
    let makers = Makers::with(Arc::new(SketchingEngine)).await;
    for (maker, client) in makers.both() {
        let call = client.images().create_variation(png()).partial_images(0);
        let events = all(call.response_format(ResponseFormat::Url).stream()).await;
        let [Ok(VariationEvent::Completed(image))] = &events[..] else {
            panic!("{maker} sent {events:?}");
        };
        assert!(image.image.url.is_some() && image.image.b64_json.is_none(), "{maker}");
    }
}

#[tokio::test]
async fn an_error_is_the_last_event() {
    let makers = Makers::with(Arc::new(PanickingEngine)).await;
    for (maker, client) in makers.both() {
        let wrong = all(client.images().create_variation(png()).n(11).stream()).await;
        let broken = all(client.images().create_variation(png()).stream()).await;
        for (events, status) in [(wrong, 400), (broken, 500)] {
            let [Err(error)] = &events[..] else { panic!("{maker} sent {events:?}") };
            assert_eq!(error.api().unwrap().status, status, "{maker}: {error}");
        }
    }
}

#[tokio::test]
async fn dropping_the_stream_stops_the_work() {
    let gate = Arc::new(Gate::default());
    let makers = Makers::with(Arc::new(GatedEngine(Arc::clone(&gate)))).await;
    for (_, client) in makers.both() {
        let mut events = client.images().create_variation(png()).stream();
        tokio::select! {
            event = events.next() => panic!("{event:?} came"),
            () = gate.begun.notified() => drop(events),
        }
        gate.cancelled.notified().await;
    }
}

fn client(server: &Scripted) -> Client {
    Client::remote(&server.base_url(), "").unwrap()
}

#[tokio::test]
async fn a_server_that_knows_no_streams_sends_everything_at_the_end() {
    let images = r#"{"created": 7, "data": [{"url": "https://a/b"}, {"url": "https://a/c"}]}"#;
    let server = Scripted::start(vec![answer(200, "", images)]).await;
    let events = all(client(&server).images().create_variation(png()).n(2).stream()).await;
    let links = events.iter().map(|event| match event {
        Ok(VariationEvent::Completed(image)) => image.image.url.clone().unwrap(),
        other => panic!("{other:?} came"),
    });
    assert_eq!(links.collect::<Vec<_>>(), ["https://a/b", "https://a/c"]);
}

#[tokio::test]
async fn comments_unknown_events_and_line_ends_of_any_kind_are_read_past() {
    let body = ": still working\n\nevent: news\ndata: {}\n\n\
                event:image_variation.completed\r\ndata:{\"index\":0,\"url\":\"https://a/b\"}\r\n\r\n\
                event: error\ndata: {\"error\":{\"message\":\"full\",\"type\":\
                \"service_unavailable_error\",\"param\":null,\"code\":null}}\n\n";
    let head = "Content-Type: text/event-stream; charset=utf-8\r\nx-request-id: req_1\r\n";
    let server = Scripted::start(vec![answer(200, head, body)]).await;
    let events = all(client(&server).images().create_variation(png()).stream()).await;
    let [Ok(VariationEvent::Completed(image)), Err(error)] = &events[..] else {
        panic!("{events:?} came");
    };
    assert_eq!((image.image.url.as_deref(), image.seed), (Some("https://a/b"), None));
    let error = error.api().unwrap();
    assert_eq!((error.status, error.message.as_str()), (503, "full"));
    assert_eq!(error.request_id.as_deref(), Some("req_1"));
}

#[tokio::test]
async fn a_stream_of_another_endpoint_is_not_taken_for_images() {
    let body = "event: image_variation.completed\ndata: {\"x\": 1}\n\n";
    let server =
        Scripted::start(vec![answer(200, "Content-Type: text/event-stream\r\n", body)]).await;
    let events = all(client(&server).images().create_variation(png()).stream()).await;
    assert!(matches!(events[..], [Err(Error::UnexpectedReply { status: 200, .. })]), "{events:?}");
}

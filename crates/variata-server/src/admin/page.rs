//! The overview as a page.
//!
//! Written by the server and without scripts, so that it works when little else does. Whoever wants
//! to watch asks the page to come again by itself; it does not do so unasked.

use axum::response::Response;
use http::StatusCode;
use http::header::{HeaderName, HeaderValue};
use variata_accounts::Moment;

use super::overview::{Failure, KeyUsage, Origin, Overview};
use crate::routes::page::{Document, escaped};

/// The page; `is_followed` has the browser ask for it again and again.
pub(super) fn answer(overview: &Overview, is_followed: bool) -> Response {
    let main = [
        head(overview, is_followed),
        tiles(overview),
        pace(&overview.images_by_minute),
        keys(overview),
        format!("<div class=\"halves\">\n{}{}</div>\n", errors(overview), answers(overview)),
        foot(overview),
    ];
    let document =
        Document { title: "Operators", styles: &["admin.css"], nav: NAV, class: "admin" };
    let mut response = document.respond(StatusCode::OK, main.concat());
    if is_followed {
        response.headers_mut().insert(REFRESH, HeaderValue::from_static("5"));
    }
    response
}

const REFRESH: HeaderName = HeaderName::from_static("refresh");
const NAV: &str = "<nav aria-label=\"Server\"><a href=\"/metrics\">Metrics</a>\
                   <a href=\"/admin/overview.json\">JSON</a></nav>";
/// The most keys on the page; the others are in the JSON, and in `variata keys list`.
const MAX_KEYS: usize = 50;

fn head(overview: &Overview, is_followed: bool) -> String {
    let (title, state) = match overview {
        Overview { is_ready: false, .. } => {
            ("The <i>last</i> bars", "Closing: takes no new requests")
        }
        Overview { load, .. } if load.running_jobs > 0 => ("At <i>work</i>", "Ready for requests"),
        _ => ("At <i>rest</i>", "Ready for requests"),
    };
    let open = if overview.is_open { " from everyone: there is no key" } else { "" };
    let now = Moment::from_ms(overview.now * 1000);
    let (follow, note) = match is_followed {
        true => ("<a class=\"button quiet\" href=\"/admin\">Stop following</a>", "every 5 s"),
        false => ("<a class=\"button quiet\" href=\"/admin?follow\">Follow</a>", "UTC"),
    };
    format!(
        "<header>\n<div><h1>{title}</h1>\n\
         <p class=\"state\" data-ready=\"{}\">{state}{open}</p></div>\n\
         <p class=\"look\"><span>{} <b>{}</b> {note}</span>\
         <a class=\"button quiet\" href=\"/admin\">Look again</a>{follow}</p>\n</header>\n",
        overview.is_ready,
        now.utc_day(),
        now.utc_time(),
    )
}

fn tiles(overview: &Overview) -> String {
    let load = &overview.load;
    let sum = |of: fn(&KeyUsage) -> u64| overview.keys.iter().map(of).sum::<u64>();
    let (requests, answered) = (sum(|key| key.requests), sum(|key| key.answered));
    let elapsed_ms = sum(|key| key.mean_ms.unwrap_or_default() * key.answered);
    let mean = elapsed_ms.checked_div(answered).map_or("–".to_owned(), seconds);
    let share = (answered * 1000).checked_div(requests);
    let share = share.map_or("none yet".to_owned(), |permille| {
        format!("{}.{} % answered", permille / 10, permille % 10)
    });
    let last_minute = overview.images_by_minute.last().copied().unwrap_or_default();
    let last_hour: u64 = overview.images_by_minute.iter().copied().map(u64::from).sum();
    let queue = format!(
        "<meter min=\"0\" max=\"{0}\" high=\"{1}\" value=\"{2}\" aria-label=\"The queue\"></meter>\
         of {0}",
        load.capacity_images,
        load.capacity_images / 4 * 3,
        load.queued_images + load.running_images,
    );
    let all = [
        ("Last minute", grouped(last_minute), format!("images; {} in an hour", grouped(last_hour))),
        ("Running", grouped(load.running_images), of_requests(load.running_jobs)),
        ("Waiting", grouped(load.queued_images), queue),
        ("A request takes", mean, "on average, 24 h".to_owned()),
        ("Requests, 24 h", grouped(requests), share),
        ("Connections", grouped(load.connections), "open now".to_owned()),
    ];
    let tile = |(label, value, note): (&str, String, String)| {
        format!("<div><dt>{label}</dt><dd><b>{value}</b><small>{note}</small></dd></div>\n")
    };
    format!("<dl class=\"tiles\">\n{}</dl>\n", all.into_iter().map(tile).collect::<String>())
}

fn of_requests(jobs: u32) -> String {
    if jobs == 1 { "images of 1 request".to_owned() } else { format!("images of {jobs} requests") }
}

/// The last hour, as bars on the five lines of a staff.
fn pace(minutes: &[u32]) -> String {
    let top = scale(minutes.iter().copied().max().unwrap_or_default());
    let bar = |(index, &images): (usize, &u32)| {
        // In a field of 10 by 100 for each minute; nothing is told apart from little.
        let height = if images == 0 { 0.0 } else { f64::from(images) / f64::from(top) * 100.0 };
        let (x, y) = (index * 10 + 2, 100.0 - height);
        format!("<rect x=\"{x}\" y=\"{y:.1}\" width=\"6\" height=\"{height:.1}\"/>")
    };
    let bars: String = minutes.iter().enumerate().map(bar).collect();
    let width = minutes.len() * 10;
    let lines: String =
        (0..=4).map(|line| format!("<path d=\"M0 {0}H{width}\"/>", line * 25)).collect();
    let most = minutes.iter().copied().max().unwrap_or_default();
    let sum: u64 = minutes.iter().copied().map(u64::from).sum();
    format!(
        "<section class=\"pace\" aria-labelledby=\"pace\">\n\
         <h2 id=\"pace\">Images <i>a minute</i></h2>\n<figure>\n\
         <svg viewBox=\"0 0 {width} 100\" preserveAspectRatio=\"none\" role=\"img\" \
         aria-label=\"{sum} images in the last hour, at most {most} in a minute\">\
         <g class=\"staff\">{lines}</g><g class=\"bars\">{bars}</g></svg>\n\
         <span class=\"top\" aria-hidden=\"true\">{top}</span>\
         <span class=\"half\" aria-hidden=\"true\">{}</span>\n\
         <figcaption><span>an hour ago</span><span>now</span></figcaption>\n</figure>\n</section>\n",
        top / 2,
    )
}

/// The least of 4, 8, 20, 40, 80, 200, … that is not below `most`: its quarters are whole.
fn scale(most: u32) -> u32 {
    let decades = (0..9).map(|power| 10_u32.pow(power));
    let mut steps = decades.flat_map(|decade| [4, 8, 20].map(|step| step * decade));
    steps.find(|step| *step >= most).unwrap_or(u32::MAX)
}

fn keys(overview: &Overview) -> String {
    let is_shown = |key: &&KeyUsage| key.is_valid || key.requests > 0;
    let shown: Vec<&KeyUsage> = overview.keys.iter().filter(is_shown).collect();
    let title = "<h2 id=\"keys\">Keys <i>in 24 hours</i></h2>";
    if shown.is_empty() {
        return format!(
            "<section aria-labelledby=\"keys\">{title}\n<p class=\"none\">No key yet, and nobody \
             has asked. <code>variata keys create NAME</code> makes the first.</p></section>\n"
        );
    }
    let heads = ["Key", "Limits", "Last used", "Requests", "Refused", "Failed", "Images"];
    let rows = shown.iter().take(MAX_KEYS).map(|key| key_row(key, overview.now));
    let more = match shown.len().saturating_sub(MAX_KEYS) {
        0 => String::new(),
        more => format!("<p class=\"none\">And {more} more: <code>variata keys list</code></p>\n"),
    };
    let table = table("keys", &heads, rows);
    format!("<section aria-labelledby=\"keys\">{title}\n{table}{more}</section>\n")
}

fn key_row(key: &KeyUsage, now: u64) -> [String; 7] {
    let id = escaped(&key.id);
    let label = match (key.origin, &key.name) {
        (Origin::Anonymous, _) => "<b>without a key</b>".to_owned(),
        (Origin::Configured, _) => format!("<b>configured</b> <code>{id}</code>"),
        (Origin::Created, name) => {
            let name = escaped(name.as_deref().unwrap_or_default());
            format!("<b>{name}</b> <code>vk-{id}-…</code>")
        }
    };
    let state = if key.is_valid { "" } else { " <small class=\"over\">no longer valid</small>" };
    [
        format!("{label}{state}"),
        limits(key),
        key.last_used.map_or("never".to_owned(), |last| ago(now, last)),
        count(key.requests),
        count(key.refused),
        count(key.failed),
        count(key.images),
    ]
}

fn limits(key: &KeyUsage) -> String {
    let all = [
        (key.requests_per_minute, "requests/min"),
        (key.images_per_minute, "images/min"),
        (key.images_per_day, "images/day"),
    ];
    let own = all.into_iter().filter_map(|(limit, unit)| Some((limit?, unit)));
    let own: Vec<String> = own.map(|(limit, unit)| format!("{} {unit}", grouped(limit))).collect();
    if own.is_empty() { "none".to_owned() } else { own.join("<br>") }
}

fn errors(overview: &Overview) -> String {
    let title = "<h2 id=\"errors\">Last <i>errors</i></h2>";
    if overview.errors.is_empty() {
        let none = "<p class=\"none\">Not one since the start.</p>";
        return format!("<section aria-labelledby=\"errors\">{title}\n{none}</section>\n");
    }
    let heads = ["Cause", "When", "Key", "Request"];
    let rows = overview.errors.iter().map(|error| error_row(error, overview.now));
    let table = table("errors", &heads, rows);
    format!("<section aria-labelledby=\"errors\">{title}\n{table}</section>\n")
}

fn error_row(error: &Failure, now: u64) -> [String; 4] {
    let Failure { at, status, cause, field, key, request_id } = error;
    let class = status / 100;
    let cause = escaped(&cause.replace('_', " "));
    let field = field.map_or(String::new(), |name| format!(" <code>{}</code>", escaped(name)));
    [
        format!("<b data-class=\"{class}\">{status}</b> {cause}{field}"),
        ago(now, *at),
        key.as_deref().map_or("–".to_owned(), |key| format!("<code>{}</code>", escaped(key))),
        format!("<code>{}</code>", escaped(request_id)),
    ]
}

fn answers(overview: &Overview) -> String {
    let row = |&(status, requests): &(u16, u64)| {
        let reason = StatusCode::from_u16(status).ok().and_then(|code| code.canonical_reason());
        let label = format!(
            "<b data-class=\"{}\">{status}</b> {}",
            status / 100,
            reason.unwrap_or_default()
        );
        [label, count(requests)]
    };
    let title = "<h2 id=\"answers\">Answers <i>since the start</i></h2>";
    if overview.statuses.is_empty() {
        let none = "<p class=\"none\">Nobody has asked yet.</p>";
        return format!("<section aria-labelledby=\"answers\">{title}\n{none}</section>\n");
    }
    let table = table("answers", &["Status", "Requests"], overview.statuses.iter().map(row));
    format!("<section aria-labelledby=\"answers\">{title}\n{table}</section>\n")
}

fn foot(overview: &Overview) -> String {
    let ledger = &overview.ledger;
    format!(
        "<p class=\"note\">variata {} · up {} · {} images since the start · ledger: {} written, {} \
         waiting, {} lost · {} jobs panicked</p>\n",
        env!("CARGO_PKG_VERSION"),
        duration(overview.uptime_s),
        grouped(overview.images),
        grouped(ledger.written_entries),
        ledger.waiting_entries,
        ledger.lost_entries,
        overview.load.panicked_jobs,
    )
}

/// A table in a region that can be scrolled where it does not fit; on a small screen each row is a
/// block, whose cells say what they are.
fn table<const N: usize>(
    label: &str,
    heads: &[&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> String {
    let head: String = heads.iter().map(|head| format!("<th scope=\"col\">{head}</th>")).collect();
    let cell = |(index, (cell, head)): (usize, (String, &&str))| match index {
        0 => format!("<th scope=\"row\">{cell}</th>"),
        _ => format!("<td data-label=\"{head}\">{cell}</td>"),
    };
    let row = |cells: [String; N]| {
        let cells: String = cells.into_iter().zip(heads).enumerate().map(cell).collect();
        format!("<tr>{cells}</tr>\n")
    };
    let rows: String = rows.map(row).collect();
    format!(
        "<table class=\"{label}\" aria-labelledby=\"{label}\">\n<thead><tr>{head}</tr></thead>\n\
         <tbody>\n{rows}</tbody>\n</table>\n"
    )
}

/// A count whose nothing is not in the way.
fn count(number: u64) -> String {
    if number == 0 { "<span class=\"zero\">0</span>".to_owned() } else { grouped(number) }
}

/// `1,234,567`.
fn grouped(number: impl ToString) -> String {
    let digits = number.to_string();
    let lead = digits.len() % 3;
    let commas = |(index, digit): (usize, char)| {
        let is_start = index > 0 && index % 3 == lead;
        [is_start.then_some(','), Some(digit)].into_iter().flatten()
    };
    digits.chars().enumerate().flat_map(commas).collect()
}

/// `0.42 s`, `12.3 s`.
fn seconds(milliseconds: u64) -> String {
    match milliseconds {
        0..10_000 => format!("{}.{:02} s", milliseconds / 1000, milliseconds % 1000 / 10),
        _ => format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100),
    }
}

fn ago(now: u64, then: u64) -> String {
    let moment = Moment::from_ms(then.saturating_mul(1000));
    let (day, time) = (moment.utc_day(), moment.utc_time());
    let told = match now.saturating_sub(then) {
        0..5 => "now".to_owned(),
        passed => format!("{} ago", duration(passed)),
    };
    format!("<time datetime=\"{day}T{time}Z\">{told}</time>")
}

/// Whole days, hours and minutes, the largest two of them.
fn duration(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_are_spelt_for_people() {
        let numbers = [0_u64, 999, 1000, 123_456, 1_234_567].map(grouped);
        assert_eq!(numbers, ["0", "999", "1,000", "123,456", "1,234,567"]);
        assert_eq!([420, 12_345].map(seconds), ["0.42 s", "12.3 s"]);
        let durations = [59, 3599, 7260, 90_000].map(duration);
        assert_eq!(durations, ["59 s", "59 min", "2 h 1 min", "1 d 1 h"]);
    }

    #[test]
    fn the_staff_has_whole_lines() {
        assert_eq!([0, 4, 5, 21, 80, 81, 3000].map(scale), [4, 4, 8, 40, 80, 200, 4000]);
    }
}

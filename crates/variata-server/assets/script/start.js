// Brings the other scripts once the page was painted: before that, they would share the processor and
// the connections with what a person waits to see. It stands in the page itself.

const PATIENCE_MS = 1000;

let isPainted = false;
let hasBegun = false;

function begin() {
  if (hasBegun || !isPainted || document.readyState === "loading") return;
  hasBegun = true;
  document.head.append(document.getElementById("modules").content);
  import("/assets/main.js");
}

function painted() {
  isPainted = true;
  begin();
}

new PerformanceObserver(painted).observe({ type: "paint", buffered: true });
document.addEventListener("DOMContentLoaded", begin);

// For browsers that do not tell of it.
setTimeout(painted, PATIENCE_MS);

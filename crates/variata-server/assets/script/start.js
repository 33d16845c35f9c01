// Brings the other scripts once the page was painted: before that, they would share the processor and
// the connections with what a person waits to see.

const PATIENCE_MS = 1000;

let hasBegun = false;

function begin() {
  if (hasBegun) return;
  hasBegun = true;
  document.head.append(document.getElementById("modules").content);
  import("./main.js");
}

new PerformanceObserver(begin).observe({ type: "paint", buffered: true });

// For browsers that do not tell of it.
setTimeout(begin, PATIENCE_MS);

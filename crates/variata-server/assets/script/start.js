// Brings the other scripts once the page was painted: before that, they would share the processor and
// the connections with what a person waits to see.

requestAnimationFrame(() => setTimeout(() => {
  document.head.append(document.getElementById("modules").content);
  import("./main.js");
}));

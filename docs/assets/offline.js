// Pages that were read once open again without a network: hooks/theme/sw.js.
// Not while somebody writes: `mkdocs serve` is no https. A test asks for it.
if (location.protocol === "https:" || localStorage.getItem("offline")) {
  const { src } = document.currentScript
  addEventListener("load", async () => {
    const first = !navigator.serviceWorker.controller
    await navigator.serviceWorker.register(new URL("../sw.js", src))
    const { active, scope } = await navigator.serviceWorker.ready
    const loaded = performance.getEntriesByType("resource").map(e => e.name)
    const ours = [location.href, ...loaded].filter(url => url.startsWith(scope))
    if (first) active.postMessage(ours)
  })
}

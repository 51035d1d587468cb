// Material starts the worker of the search at every view. This one answers
// for it until a reader goes to the search box, and starts it then.
const Thread = Worker
window.Worker = class extends EventTarget {
  constructor(url) {
    super()
    this.url = url
    document.querySelector("input.md-search__input")
      .addEventListener("focus", () => this.start(), { once: true })
  }
  start() {
    if (this.thread) return
    const { base } = JSON.parse(document.getElementById("__config").textContent)
    // A page from a disk may start no worker: chain/offline.py brings one.
    const Started = window.DiskWorker ?? Thread
    this.thread = new Started(`${this.url}#${new URL(base, location)}`)
    this.thread.onmessage = ({ data }) => this.answer(data)
  }
  postMessage(message) {
    const { type, data } = message
    if (type === 2 && data.trim()) this.start()
    if (this.thread) this.thread.postMessage(message)
    else setTimeout(() => this.answer(
      type === 2 ? { type: 3, data: { items: [] } } : { type: 1 }))
  }
  answer(data) {
    this.dispatchEvent(new MessageEvent("message", { data }))
  }
}

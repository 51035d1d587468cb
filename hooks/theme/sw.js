// What was read once can be read again without a network. Files with a hash
// in their name never change; of all else the newest is wanted, and what was
// kept is shown if the network does not answer, or not soon.
const HASHED = /\.[0-9a-f]{8}\.\w+$/
const PATIENCE = 4000
const LOST = `<!doctype html><html lang="ko"><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>오프라인 · Offline</title>
<body style="font: 1.1em/1.6 system-ui; margin: 2em; color-scheme: light dark">
<h1>지금은 인터넷이 없어요</h1>
<p>한 번 읽은 페이지만 열 수 있어요. <a href="${registration.scope}">처음으로</a></p>
<div lang="en"><h2>You are offline</h2>
<p>Only pages that you have read open now.
<a href="${registration.scope}en/">English front page</a></p></div>`

const kept = async address =>
  (await caches.open("read")).match(address, { ignoreSearch: true })

async function fetched(request) {
  const answer = await fetch(request)
  const address = request.url.replace(/[?#].*/, "")
  if (answer.ok) (await caches.open("read")).put(address, answer.clone())
  return answer
}

async function answer(request) {
  const old = await kept(request.url)
  if (old && HASHED.test(request.url)) return old
  const fresh = fetched(request).catch(() => old ?? lost(request))
  const late = new Promise(done => setTimeout(done, PATIENCE, old))
  return old ? Promise.race([fresh, late]) : fresh
}

const lost = ({ mode }) => mode !== "navigate" ? Response.error()
  : new Response(LOST, { status: 503, headers: { "Content-Type": "text/html" } })

addEventListener("install", () => skipWaiting())
addEventListener("activate", event => event.waitUntil(clients.claim()))
// A page says what it loaded before there was a worker.
addEventListener("message", event => event.waitUntil(Promise.allSettled(
  event.data.map(url => fetched(new Request(url))))))
addEventListener("fetch", event => {
  const { method, url } = event.request
  if (method === "GET" && url.startsWith(registration.scope))
    event.respondWith(answer(event.request))
})

// The search, as a worker that speaks to Material's search box: 0 set up,
// 1 ready, 2 query, 3 result. hooks/search.py makes the index that it reads
// at the first query, below the address behind its own #. Words are compared
// letter by letter of Hangul (jamo), so that half a syllable finds what it
// begins and one wrong jamo is forgiven.
const LEAD = [..."ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"]
const VOWEL = ["ㅏ", "ㅐ", "ㅑ", "ㅒ", "ㅓ", "ㅔ", "ㅕ", "ㅖ", "ㅗ", "ㅗㅏ", "ㅗㅐ",
  "ㅗㅣ", "ㅛ", "ㅜ", "ㅜㅓ", "ㅜㅔ", "ㅜㅣ", "ㅠ", "ㅡ", "ㅡㅣ", "ㅣ"]
const TAIL = ["", "ㄱ", "ㄲ", "ㄱㅅ", "ㄴ", "ㄴㅈ", "ㄴㅎ", "ㄷ", "ㄹ", "ㄹㄱ", "ㄹㅁ",
  "ㄹㅂ", "ㄹㅅ", "ㄹㅌ", "ㄹㅍ", "ㄹㅎ", "ㅁ", "ㅂ", "ㅂㅅ", "ㅅ", "ㅆ", "ㅇ",
  "ㅈ", "ㅊ", "ㅋ", "ㅌ", "ㅍ", "ㅎ"]
const WEIGHT = [8, 3, 1] // a word on top of the page, often, at times
const MAX_RESULTS = 12

// What makes a question of words, and says nothing of what it is about.
const ASKING = new RegExp(`^(?:${[
  "왜|뭐|뭐[야지죠예에]요?|뭔[가데지]?요?|무엇(?:인가요?|이에요)?|무슨|어떻게|어떤",
  "어때요?|언제|얼마나|좋[은을아나][가까요]*|되나요|인가요|할까요?|하나요|쓰나요",
  "하는|되는|알려줘|설명|차이[가는]?|안|안돼요?|못|때|수|것|해요?|돼요?|있나요",
  "쓰면|이유는?|뜻|의미|정의",
  "a|an|the|i|is|are|was|do|does|did|can|should|would|how|why|whats?|which|when",
  "to|of|in|on|for|with|my|me|we|you|it|and|or|need|use|means?|meaning",
].join("|")})$`)
// And what asks for the meaning of a word.
const MEANING = new RegExp("(?:이?란|(?:뭐|무엇|뜻|의미)[가-힣]*|정의|" +
  "what is .*|means?|meaning)[?\\s]*$", "i")

// One syllable as the keys that type it; a vowel of two keys is two.
const jamo = c => {
  const n = c.charCodeAt(0) - 0xac00
  if (n < 0 || n >= 11172) return c
  return LEAD[n / 588 | 0] + VOWEL[(n % 588) / 28 | 0] + TAIL[n % 28]
}
const spell = text => [...text.normalize("NFC").toLowerCase()].map(jamo).join("")
const escape = text => text.replace(/[&<>"]/g, c => `&#${c.charCodeAt(0)};`)

let index

// The index by spelling, and each word's other names.
async function load() {
  const { pages, words, on, synonyms } = await fetched("index.json")
  const known = new Map()
  const places = on.split(" ")
  words.split(" ").forEach((word, i) => {
    const weights = new Map()
    places[i].split("|").forEach((numbers, kind) => {
      if (numbers) for (const page of numbers.split(","))
        weights.set(+page, WEIGHT[kind])
    })
    known.set(spell(word), { word, weights })
  })
  const others = new Map()
  for (const names of synonyms) {
    const keys = names.map(name => spell(name.replace(/[\s-]/g, "")))
    for (const key of keys) others.set(key, keys)
  }
  for (const key of others.keys())
    if (!known.has(key)) known.set(key, { word: "", weights: new Map() })
  return { pages, known, others, texts: new Map() }
}

const fetched = async name =>
  (await fetch(new URL(`search/${name}`, location.hash.slice(1)))).json()

// Letters as they are read: 씨엔엔 is CNN.
const LETTERS = Object.fromEntries([
  "에이a 비b 씨c 시c 디d 이e 에프f 지g 쥐g 에이치h 아이i 제이j 케이k 엘l 엠m",
  "엔n 오o 피p 큐q 알r 아르r 에스s 티t 유u 브이v 더블유w 엑스x 와이y 제트z",
].join(" ").split(" ").map(pair => [pair.slice(0, -1), pair.at(-1)]))
const READ = new RegExp(Object.keys(LETTERS)
  .sort((a, b) => b.length - a.length).join("|"), "g")
const SPOKEN = new RegExp(`^(?:${READ.source}){2,}`)

const typed = query => {
  const words = query.replace(/[가-힣]+/g, word => {
    const [name] = word.match(SPOKEN) ?? [""]
    let latin = name.replace(READ, letter => LETTERS[letter])
    if (latin && !index.known.has(latin)) latin = latin.slice(0, -1) // 알엔엔이
    return index.known.has(latin) && !longest(word) ? latin : word
  }).match(/[가-힣ㄱ-ㅣ]+|[a-z0-9_.]+/gi) ?? []
  const telling = words.filter(word => !ASKING.test(word.toLowerCase()))
  return (telling.length ? telling : words).flatMap(parts)
}

// A long name in code that no page has: SparseCategoricalCrossentropy.
const parts = name => {
  const word = name.toLowerCase()
  const joints = /_|(?<=[a-z])(?=[A-Z])|(?<=[A-Z0-9])(?=[A-Z][a-z])/
  return begins(word, true) ? [word] : name.split(joints)
    .filter(Boolean).map(part => part.toLowerCase())
}

const isQuestion = page => index.pages[page][0].startsWith("questions/")
const isGlossary = page => index.pages[page][0].includes("/glossary/")

// The words of the index in what was typed, each with how sure that is.
function understand(query) {
  const found = []
  const words = typed(query)
  // 교차 엔트로피, cross entropy: neighbours may be one name together.
  for (let i = 0; i < words.length; i++) {
    for (let n = Math.min(4, words.length - i); n > 0; n--) {
      const together = words.slice(i, i + n).join("")
      if (n > 1 && longest(together).length <= words[i].length) continue
      found.push(...split(together, i + n === words.length))
      i += n - 1
      break
    }
  }
  return found
}

// The longest beginning of a text that the index has as a word. Before one
// in Latin letters ends, no particle begins.
function longest(text) {
  for (let n = text.length; n > 0; n--)
    if (index.known.has(spell(text.slice(0, n))) &&
        !/[a-z0-9_]{2}/.test(text.slice(n - 1, n + 1))) return text.slice(0, n)
  return ""
}

// 교차엔트로피를: the words in a text that was typed without spaces.
function split(text, last) {
  const found = []
  let rest = text
  let passed = "" // what nothing was found for, before something was: 필적감정
  while (rest) {
    const word = longest(rest)
    // One syllable is a word only by itself: 층, 층을.
    if (word && (word.length > 1 || rest.length < 3)) {
      if (passed.length > 1 && !found.length) found.push(unknown(passed))
      found.push(also(spell(word), 1))
      rest = rest.slice(word.length)
    } else {
      const particle = rest.length <= 2 && found.length
      const guess = begins(rest, last) ?? (particle ? undefined : nearly(rest))
      if (guess) return [...found, guess]
      if (particle) break
      const latin = /^[a-z0-9_.]/.test(rest)
      passed += rest[0]
      rest = latin ? "" : rest.slice(1)
    }
  }
  return found.length ? found : [unknown(text)]
}

// A word that the index lacks; the texts of the pages may have it.
const unknown = text => Object.assign(new Map(), { text })

// Read all pages for words, cut to the longest beginning that they use.
async function learn(words) {
  await Promise.all(index.pages.map((_, page) => read(page)))
  const pages = [...index.texts].map(([page, sections]) =>
    [page, squeeze(sections.flat().join(" "))])
  for (const text of words) {
    for (let n = text.length; n > 1; n--) {
      const word = text.slice(0, n)
      const weights = new Map(pages.map(([page, said]) =>
        [page, Math.min(3, said.split(word).length - 1)]).filter(([, w]) => w))
      if (!weights.size) continue
      for (const [page, weight] of index.known.get(spell(word))?.weights ?? [])
        weights.set(page, Math.max(weight, weights.get(page) ?? 0))
      index.known.set(spell(word), { word, weights })
      break
    }
  }
}

const squeeze = text => text.toLowerCase().replace(/[\s-]+/g, "")

async function read(page) {
  if (!index.texts.has(page))
    index.texts.set(page, await fetched(`text/${page}.json`))
}

// A word with its other names.
const also = (key, sure) =>
  new Map((index.others.get(key) ?? [key]).map(name => [name, sure]))

// 엔트로ㅍ, 엔트롶: the words that begin so.
function begins(text, last) {
  const start = spell(text)
  if (start.length < 3 || (!last && text.length < 2)) return
  const found = new Map()
  for (const key of index.known.keys())
    if (key.startsWith(start)) for (const [k] of also(key, 1))
      found.set(k, 0.8 * start.length / Math.max(start.length, key.length))
  return found.size ? found : undefined
}

// 교차앤트로피를: the words that one wrong, missing or extra letter makes.
function nearly(text) {
  const letters = spell(text)
  // A particle, of two syllables at most, may follow the word.
  const ends = [0, 1, 2].map(n => spell(text.slice(0, text.length - n)).length)
  let best, far = 2
  for (const key of index.known.keys()) {
    if (key.length < 5 || key.length > letters.length + 1) continue
    const distance = off(key, letters, ends)
    if (distance < far || (distance === far && best && key.length > best.length))
      [best, far] = [key, distance]
  }
  return best && far < 2 ? also(best, 0.6) : undefined
}

// How many letters a word is off a text that ends at one of these; 2 is too
// many.
function off(word, text, ends) {
  let last = Array.from({ length: text.length + 1 }, (_, j) => j)
  for (let i = 1; i <= word.length; i++) {
    const next = [i]
    for (let j = 1; j <= text.length; j++)
      next[j] = Math.min(last[j] + 1, next[j - 1] + 1,
        last[j - 1] + (word[i - 1] !== text[j - 1]))
    if (Math.min(...next) > 1) return 2
    last = next
  }
  return Math.min(...ends.map(end => last[end]))
}

// The pages by how much they say of all the words.
function rank(wanted) {
  const scores = new Map()
  wanted.forEach((names, i) => {
    const here = new Map()
    for (const [key, sure] of names) {
      const { weights } = index.known.get(key)
      const rare = Math.log(1 + index.pages.length / (weights.size || 1))
      for (const [page, weight] of weights)
        here.set(page, Math.max(here.get(page) ?? 0, sure * rare * weight))
    }
    for (const [page, score] of here) {
      const all = scores.get(page) ?? wanted.map(() => 0)
      all[i] = score
      scores.set(page, all)
    }
  })
  const total = all => all.reduce((a, b) => a + b, 0) *
    (all.filter(Boolean).length / all.length) ** 2
  // A question that explains a thing, before pages that only name it.
  const boost = page => isQuestion(page) ? 3
    : index.pages[page][0].startsWith("papers/") ? 2
    : isGlossary(page) ? 0.3 : 1
  return [...scores]
    .map(([page, all]) => ({ page, score: boost(page) * total(all) }))
    .sort((a, b) => b.score - a.score || a.page - b.page)
}

// The glossary names all. Of one term only, it is among the first, the sooner
// the less there is of it on other pages; and who asks what the term means
// gets it before pages that are about other things.
function explained(found, wanted, query) {
  const names = [...wanted[0]?.keys() ?? []]
  const place = found.findIndex(({ page }) => isGlossary(page))
  if (wanted.length > 1 || place < 0 || !names.some(key => index.others.has(key)))
    return found
  const said = page => Math.max(...names.map(key =>
    index.known.get(key).weights.get(page) ?? 0))
  const [{ page: first }] = found
  const often = isQuestion(first) && said(first) >= WEIGHT[1]
  const onTop = found.some(({ page }) =>
    !isGlossary(page) && said(page) === WEIGHT[0])
  const wish = MEANING.test(query) && !often ? 0 : onTop ? 2 : 1
  const to = Math.min(place, wish)
  const { score } = found[to]
  const [glossary] = found.splice(place, 1)
  found.splice(to, 0, { ...glossary, score })
  return found
}

// What to mark: the words as a page may write them, spaces and all.
function pattern(wanted, page) {
  const texts = new Set()
  for (const names of wanted)
    for (const key of names.keys()) {
      const { word, weights } = index.known.get(key)
      if (word && weights.has(page)) texts.add(word)
    }
  const parts = [...texts].sort((a, b) => b.length - a.length).map(word =>
    [...word].map(c => c.replace(/[.*+?^${}()|[\]\\]/, "\\$&"))
      .join("[\\s-]*"))
  return parts.length ? new RegExp(parts.join("|"), "gi") : undefined
}

function marked(text, words) {
  if (!words) return escape(text)
  let done = 0, out = ""
  for (const match of text.matchAll(words)) {
    out += escape(text.slice(done, match.index))
    out += `<mark data-md-highlight>${escape(match[0])}</mark>`
    done = match.index + match[0].length
  }
  return out + escape(text.slice(done))
}

// A page as Material shows it: its title, then the section that says most.
function item({ page, score }, wanted) {
  const [location, title, description] = index.pages[page]
  const words = pattern(wanted, page)
  const terms = {}
  const group = [{ location, title: marked(title, words), score, terms,
    text: `<p>${marked(description, words)}</p>` }]
  const sections = (index.texts.get(page) ?? []).map(([id, name, text]) => {
    const said = words ? [...text.matchAll(words)] : []
    const kinds = new Set(said.map(m => m[0].toLowerCase()))
    const named = words ? [...name.matchAll(words)].length : 0
    return { id, name, text, said, value: kinds.size + 2 * named + said.length / 50 }
  }).filter(section => section.id && section.value)
  sections.sort((a, b) => b.value - a.value)
  if (sections.length) {
    const { id, name, text, said } = sections[0]
    const from = Math.max(0, (said[0]?.index ?? 0) - 40)
    const piece = text.slice(from, from + 200)
    for (const match of said) terms[match[0]] = true
    group.push({ location: `${location}#${id}`, title: marked(name, words),
      parent: group[0], score, terms, // as good as its page, so Material shows it
      text: `<p>${from ? "…" : ""}${marked(piece, words)}…</p>` })
  }
  return group
}

let latest = 0

async function answer(query) {
  const mine = ++latest
  const reply = items => {
    if (mine === latest) postMessage({ type: 3, data: { items } })
  }
  if (!query.trim()) return reply([])
  index ??= await load()
  let wanted = understand(query)
  const ranked = () =>
    explained(rank(wanted), wanted, query).slice(0, MAX_RESULTS)
  let found = ranked()
  const show = () => reply(found.map(each => item(each, wanted)))
  show()
  const lacks = wanted.flatMap(names => names.text ?? [])
  if (!found.some(({ page }) => isQuestion(page))) lacks.push(...typed(query))
  if (lacks.length) {
    await learn(lacks)
    wanted = understand(query)
    found = ranked()
  }
  // Then the lines that the first results quote.
  await Promise.all(found.slice(0, 6).map(({ page }) => read(page)))
  show()
}

addEventListener("message", ({ data: { type, data } }) => {
  if (type === 0) postMessage({ type: 1 })
  else if (type === 2) answer(data)
})

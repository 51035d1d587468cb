// The language switch keeps the reader's place: the headings of both
// languages have the same ids. The place is the last heading that has gone
// above the upper third of the window.
document.addEventListener("click", event => {
  const link = event.target.closest("a.md-select__link[hreflang]")
  if (!link) return
  const headings = [...document.querySelectorAll("article :is(h2, h3)[id]")]
  const above = heading =>
    heading.getBoundingClientRect().top < innerHeight / 3
  link.hash = headings.findLast(above)?.id ?? ""
}, true)

// A figure of several pictures gets a slider. It stands still by itself, and
// is a form control of the browser's own: keyboard and screen reader know it.
for (const image of document.querySelectorAll("img[data-frames]")) {
  const values = image.dataset.frames.split(" ")
  const file = image.src
  const label = document.createElement("label")
  const slider = document.createElement("input")
  const shown = document.createElement("output")
  const show = () => {
    image.src = `${file}#frame-${slider.value}`
    shown.value = values[slider.value - 1]
    slider.setAttribute("aria-valuetext", shown.value)
  }
  Object.assign(slider, { type: "range", min: 1, max: values.length })
  slider.value = values.length
  slider.addEventListener("input", show)
  label.className = "frames"
  label.append(`${image.dataset.name} `, slider, shown)
  image.after(label)
  show()
}

// Material gives every block of code a landmark without a name.
new MutationObserver(() => {
  const title = document.documentElement.lang === "ko" ? "코드" : "Code"
  document.querySelectorAll("nav.md-code__nav:not([aria-label])")
    .forEach((nav, i) => nav.setAttribute("aria-label", `${title} ${i + 1}`))
}).observe(document.body, { childList: true, subtree: true })

// A table wider than the window is in a box that only a finger can scroll.
const boxes = new ResizeObserver(entries => {
  for (const { target } of entries)
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0
    else target.removeAttribute("tabindex")
})
document.querySelectorAll(".md-typeset__scrollwrap")
  .forEach(box => boxes.observe(box))

// The list of questions can be narrowed. Without this script all are shown.
const filters = document.querySelector("form.filters")
if (filters) {
  const lists = [...document.querySelectorAll("ul.questions")]
  const narrow = () => {
    const { subject, needs, seconds } = Object.fromEntries(new FormData(filters))
    let left = 0
    for (const list of lists) {
      for (const item of list.children) {
        const { dataset } = item
        item.hidden = subject && dataset.subject !== subject ||
          needs && dataset.needs !== needs ||
          seconds && +dataset.seconds > +seconds
        left += !item.hidden
      }
      const empty = ![...list.children].some(item => !item.hidden)
      list.hidden = list.previousElementSibling.hidden = empty
    }
    const output = filters.querySelector("output")
    output.value = output.dataset.shown.replace("#", left)
  }
  // The address has the choice, so that it can be kept, sent and linked to.
  for (const [name, value] of new URLSearchParams(location.search)) {
    const choice = filters.elements.namedItem(name)
    if (choice) choice.value = value
  }
  narrow()
  filters.hidden = false
  filters.addEventListener("change", () => {
    narrow()
    const chosen = [...new FormData(filters)].filter(pair => pair[1])
    history.replaceState(null, "", `?${new URLSearchParams(chosen)}`)
  })
}

// Who comes from the search sees the words that were found.
addEventListener("load", () => {
  if (!new URLSearchParams(location.search).has("h")) return
  const place = document.getElementById(decodeURI(location.hash.slice(1)))
  const marks = [...document.querySelectorAll("article mark")]
  const after = mark => !place ||
    place.compareDocumentPosition(mark) & Node.DOCUMENT_POSITION_FOLLOWING
  marks.find(after)?.scrollIntoView({ block: "center" })
})

// Material reads the search box when a key goes up. An input method in the
// middle of a syllable, a paste or a voice gives text without a key.
const box = document.querySelector("input.md-search__input")
box?.addEventListener("input", () =>
  box.dispatchEvent(new KeyboardEvent("keyup")))

// The menu by keyboard. Material's label for it takes no focus: a button does.
// Escape closes the menu.
const drawer = document.getElementById("__drawer")
const opener = document.querySelector(".md-header label[for=__drawer]")
if (drawer && opener) {
  const button = document.createElement("button")
  button.className = opener.className
  button.setAttribute("for", "__drawer") // which Material's style asks for
  button.ariaLabel = document.documentElement.lang === "ko" ? "메뉴" : "Menu"
  button.append(...opener.childNodes)
  opener.replaceWith(button)
  const say = () => { button.ariaExpanded = drawer.checked }
  drawer.addEventListener("change", say)
  say()
  button.addEventListener("click", event => {
    drawer.click()
    const first = ".md-sidebar--primary :is(a, label[tabindex])"
    if (drawer.checked && !event.detail) document.querySelector(first)?.focus()
  })
  addEventListener("keydown", event => {
    if (event.key !== "Escape" || !drawer.checked) return
    drawer.click()
    button.focus()
  })
}

package chrome

// Functions called in the page from outside; the page's own scripts are off.
// Data comes as arguments, never inside the source, so the browser compiles
// each once and keeps no document's text in its script cache.

// identity is shared: "" when the tab holds exactly the document id and nothing
// else, with its title; else what is wrong.
const identity = `
const identity = (id, title) => {
	const d = document, marked = d.querySelectorAll('[data-document]')
	if (marked.length !== 1 || marked[0].dataset.document !== id) return 'document id'
	if (d.body.children.length !== 1 || d.body.firstElementChild !== marked[0]) return 'body'
	return d.title === title ? '' : 'title'
}
`

// ready asks besides whether all fonts and images are there.
const ready = identity + `
const ready = (id, title) => {
	const wrong = identity(id, title)
	if (wrong) return wrong
	for (const f of document.fonts) if (f.status !== 'loaded') return 'font ' + f.family
	for (const i of document.images) if (!i.complete || i.naturalWidth === 0) return 'image'
	return ''
}
`

// loadFonts loads every declared face and returns the families. A face that
// only style asks for does not load in a browser without system fonts. The
// sheet keeps the page from being laid out for a screen that nobody sees; it
// comes first, since a new sheet forgets the faces.
const loadFonts = `async function () {
	const sheet = new CSSStyleSheet()
	sheet.replaceSync('@media screen { html[data-paper] body { display: none !important } }')
	document.adoptedStyleSheets = [sheet]
	document.documentElement.dataset.paper = ''
	await Promise.all([...document.fonts].map(f => f.load()))
	return [...new Set([...document.fonts].map(f => f.family.replace(/["']/g, '')))]
}`

// fill puts a document in place of whatever the tab holds and returns its text:
// as it is written or, if laidOut, as a screen shows it (capitals by style, less
// what is hidden), which costs a layout. The body is parsed inert first: an
// element that could act is refused before it can.
const fill = `async function (id, title, body, lang, sample, laidOut, trusted) {` + ready + `
	document.documentElement.toggleAttribute('data-paper', !laidOut)
	const holder = document.createElement('template')
	holder.innerHTML = body
	const active = holder.content.querySelector(
		'script,iframe,frame,frameset,object,embed,applet,portal,fencedframe,meta,link,base,style,form,template,video,audio,dialog')
	if (active && !trusted) return { fault: 'element ' + active.localName, text: '' }
	const main = document.createElement('main')
	main.dataset.document = id
	main.lang = lang
	if (sample) main.dataset.sample = ''
	main.append(holder.content)
	if (document.documentElement.lang !== lang) document.documentElement.lang = lang
	document.body.replaceChildren(main)
	document.title = title
	await document.fonts.ready
	for (const i of document.images) if (!i.complete) await i.decode().catch(() => {})
	return { fault: ready(id, title), text: laidOut ? main.innerText : main.textContent }
}`

// empty asks again whose document it is after the print and leaves nothing of it.
// Fonts and images are not asked about: that would lay the page out once more, and
// the print itself shows them.
const empty = `function (id, title) {` + identity + `
	const found = identity(id, title)
	document.body.replaceChildren()
	document.title = ''
	return found
}`

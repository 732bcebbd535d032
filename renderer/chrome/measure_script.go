package chrome

// margins reads the margins of @page, in px. Without one Chrome's print has
// none, as Print asks.
const margins = `function () {
	const unit = { px: 1, pt: 96 / 72, pc: 16, in: 96, cm: 96 / 2.54, mm: 96 / 25.4, q: 96 / 101.6 }
	const px = v => { const m = /^([\d.]+)([a-z]*)$/i.exec(v || '0'); return m ? m[1] * (unit[m[2].toLowerCase()] || 0) : 0 }
	const m = { Top: 0, Right: 0, Bottom: 0, Left: 0 }
	const walk = rules => {
		for (const r of rules) {
			if (r.type === CSSRule.PAGE_RULE && !r.selectorText) {
				for (const side in m) { const v = r.style['margin' + side]; if (v) m[side] = px(v) }
			} else if (r.cssRules && (!r.media || matchMedia(r.media.mediaText).matches)) walk(r.cssRules)
		}
	}
	for (const s of document.styleSheets) walk(s.cssRules)
	return m
}`

// measure sees each element with data-line: see Finding. The height of a text
// is that of its letters, 1 em: what a font reserves above and below is more
// and may well stick out of a tight line.
const measure = `function (width, height, column, margin) {
	document.documentElement.style.width = column + 'px'
	const sides = (r, box) => ({
		Top: Math.max(0, box.top - r.top), Right: Math.max(0, r.right - box.right),
		Bottom: Math.max(0, r.bottom - box.bottom), Left: Math.max(0, box.left - r.left),
	})
	const most = (a, b) => { for (const s in a) a[s] = Math.max(a[s], b[s]) }
	const none = () => ({ Top: 0, Right: 0, Bottom: 0, Left: 0 })
	const paper = { left: -margin.Left, top: -margin.Top, right: width - margin.Left, bottom: height - margin.Top }
	const families = new Set([...document.fonts].map(f => f.family.replace(/["']/g, '')))

	const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
	canvas.canvas.width = canvas.canvas.height = 1
	const seen = new Map()
	const rgba = colour => {
		if (!seen.has(colour)) {
			canvas.clearRect(0, 0, 1, 1)
			canvas.fillStyle = colour
			canvas.fillRect(0, 0, 1, 1)
			const d = canvas.getImageData(0, 0, 1, 1).data
			seen.set(colour, [d[0], d[1], d[2], d[3] / 255])
		}
		return seen.get(colour)
	}
	const over = (top, alpha, below) => [0, 1, 2].map(n => top[n] * alpha + below[n] * (1 - alpha))
	const hex = c => '#' + c.map(v => Math.round(v).toString(16).padStart(2, '0')).join('')
	const light = c => {
		const [r, g, b] = c.map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
		return 0.2126 * r + 0.7152 * g + 0.0722 * b
	}
	const paint = el => {
		const style = getComputedStyle(el), layers = []
		let alpha = 1, pictured = false
		for (let e = el; e; e = e.parentElement) {
			const s = getComputedStyle(e), c = rgba(s.backgroundColor)
			if (s.backgroundImage !== 'none') pictured = true
			if (c[3] > 0) layers.push(c)
			alpha *= Number(s.opacity)
			if (c[3] === 1 && s.backgroundImage === 'none') break
		}
		const background = layers.reduceRight((below, c) => over(c, c[3], below), [255, 255, 255])
		const c = rgba(el instanceof SVGElement ? style.fill : style.webkitTextFillColor)
		const colour = over(c, c[3] * alpha, background)
		const [hi, lo] = [light(colour), light(background)].sort((a, b) => b - a)
		return { colour, background, pictured, contrast: (hi + 0.05) / (lo + 0.05), style }
	}
	const block = el => {
		while (el.parentElement && (getComputedStyle(el).display === 'inline' || el instanceof SVGElement && el.localName !== 'svg')) el = el.parentElement
		return el
	}
	const clips = el => {
		const boxes = []
		for (let e = el; e && e !== document.body; e = e.parentElement) {
			const s = getComputedStyle(e)
			if (s.overflowX === 'visible' && s.overflowY === 'visible') continue
			const r = e.getBoundingClientRect()
			boxes.push({
				left: s.overflowX === 'visible' ? -Infinity : r.left, right: s.overflowX === 'visible' ? Infinity : r.right,
				top: s.overflowY === 'visible' ? -Infinity : r.top, bottom: s.overflowY === 'visible' ? Infinity : r.bottom,
			})
		}
		return boxes
	}

	const found = new Map()
	const finding = el => {
		if (!found.has(el)) {
			const r = el.getBoundingClientRect()
			found.set(el, {
				Line: Number(el.dataset.line) || 0, Element: el.localName, Text: '',
				Box: { X: r.left + margin.Left, Y: r.top + margin.Top, Width: r.width, Height: r.height },
				Overflow: none(), Clipped: none(), Paper: sides(r, paper), Overlaps: [],
				Colour: '', Background: '', Pictured: false, Contrast: 0, Size: 0, Weight: 0, Large: false,
				Fonts: [], Decorative: !!el.closest('[aria-hidden="true"]'),
			})
		}
		return found.get(el)
	}
	const owner = el => el && el.closest('[data-line]')
	const texts = [], range = document.createRange()
	const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT)
	for (let node = walker.nextNode(); node; node = walker.nextNode()) {
		const el = node.parentElement, mine = owner(el)
		if (!mine || !node.data.trim() || getComputedStyle(el).visibility !== 'visible') continue
		range.selectNodeContents(node)
		const rects = [...range.getClientRects()].filter(r => r.width > 0 && r.height > 0)
		if (!rects.length) continue
		const f = finding(mine), p = paint(el), size = parseFloat(p.style.fontSize), weight = Number(p.style.fontWeight)
		f.Text = [...(f.Text + ' ' + node.data).replace(/\s+/g, ' ').trim()].slice(0, 60).join('')
		if (!f.Contrast || p.contrast < f.Contrast) {
			f.Colour = hex(p.colour)
			f.Background = hex(p.background)
			f.Contrast = p.contrast
			f.Size = size
			f.Weight = weight
			f.Large = size >= 24 || size >= 18.66 && weight >= 700
		}
		f.Pictured = f.Pictured || p.pictured
		const family = p.style.fontFamily.split(',').map(n => n.trim().replace(/["']/g, '')).find(n => families.has(n))
		if (family && !f.Fonts.includes(family)) f.Fonts.push(family)
		const box = block(el).getBoundingClientRect(), around = clips(el)
		for (const r of rects) {
			const spare = Math.max(0, (r.height - size) / 2)
			const text = { left: r.left, right: r.right, top: r.top + spare, bottom: r.bottom - spare }
			most(f.Overflow, sides(text, box))
			most(f.Paper, sides(text, paper))
			for (const c of around) most(f.Clipped, sides(text, c))
			texts.push({ ...text, mine })
		}
	}
	for (const el of document.querySelectorAll('main img, main svg')) {
		const mine = owner(el)
		if (!mine) continue
		const r = el.getBoundingClientRect(), f = finding(mine)
		most(f.Paper, sides(r, paper))
		for (const c of clips(el.parentElement)) most(f.Clipped, sides(r, c))
	}

	texts.sort((a, b) => a.top - b.top)
	for (let i = 0; i < texts.length; i++) {
		for (let j = i + 1; j < texts.length && texts[j].top < texts[i].bottom; j++) {
			const a = texts[i], b = texts[j]
			if (a.mine === b.mine) continue
			const w = Math.min(a.right, b.right) - Math.max(a.left, b.left), h = Math.min(a.bottom, b.bottom) - b.top
			if (w <= 0.5 || h <= 0.5) continue
			for (const [one, other] of [[a, b], [b, a]]) {
				const list = finding(one.mine).Overlaps, line = Number(other.mine.dataset.line) || 0
				let o = list.find(o => o.Line === line)
				if (!o) list.push(o = { Line: line, Width: 0, Height: 0 })
				o.Width = Math.max(o.Width, w)
				o.Height = Math.max(o.Height, h)
			}
		}
	}
	const order = (a, b) => a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1
	return [...found.keys()].sort(order).map(el => found.get(el))
}`

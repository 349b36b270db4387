/**
 * The page names the hash of every script that it leads to (subresource integrity): who can change files that are
 * delivered, but not the page, changes nothing that runs. Tags carry theirs, and modules that import each other have
 * theirs in an import map. Workers, WebAssembly and styles that come later have no place where a page could say theirs.
 */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const PAGE = 'index.html'
const NAMED = /<(?:script|link)\b[^>]*?\b(?:src|href)="\/(assets\/[^"]+\.(?:js|css))"[^>]*>/g

const hashOf = (folder, name) => `sha384-${createHash('sha384').update(readFileSync(join(folder, name))).digest('base64')}`

/** Once everything has been written: no other plugin changes a file after that. */
export const integrity = () => ({
  name: 'integrity',
  apply: 'build',
  writeBundle({ dir }, bundle) {
    const scripts = Object.keys(bundle).filter((name) => name.endsWith('.js')).sort()
    const map = JSON.stringify({ integrity: Object.fromEntries(scripts.map((name) => [`/${name}`, hashOf(dir, name)])) })
    const page = readFileSync(join(dir, PAGE), 'utf-8')
    const tagged = page.replace(NAMED, (tag, name) => tag.replace(/>$/, ` integrity="${hashOf(dir, name)}">`))
    if (tagged === page) throw new Error(`${PAGE} names no script`)
    writeFileSync(join(dir, PAGE), tagged.replace(/^(\s*)<script /m, `$1<script type="importmap">${map}</script>\n$1<script `))
  },
})

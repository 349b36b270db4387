import { fileURLToPath } from 'node:url'
import { createRequire } from 'node:module'

// The client's own tools, from the client's own installation: this folder has none.
const client = fileURLToPath(new URL('../../../client_web/', import.meta.url))
const { svelte } = await import(createRequire(`${client}package.json`).resolve('@sveltejs/vite-plugin-svelte').replace(/^/, 'file://'))

export default {
  root: fileURLToPath(new URL('.', import.meta.url)),
  publicDir: `${client}public`,
  plugins: [svelte({ configFile: false })],
  resolve: { alias: [{ find: /^@client\//, replacement: `${client}src/` }] },
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false }, emptyOutDir: true },
}

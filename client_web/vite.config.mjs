import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'
import { integrity } from './integrity.mjs'
import { mlsRepairs } from './mls_repairs.mjs'

// The server's templates name `patient.js`, so that it needs to read no manifest, and browsers know a service worker by its address. They are small and checked at every visit.
const NAMED = ['patient', 'notifier']
const entryFileNames = ({ name }) => (NAMED.includes(name) ? `${name}.js` : 'assets/[name]-[hash].js')

// LGPL-3.0: who receives libheif receives its licence with it. It stays a file of its own, which another build of it can replace.
const libheifLicence = () => ({
  name: 'libheif-licence',
  generateBundle() {
    const file = createRequire(import.meta.url).resolve('libheif-js/libheif-wasm/LICENSE')
    this.emitFile({ type: 'asset', fileName: 'libheif-licence.txt', source: readFileSync(file) })
  },
})

// modulePreload's polyfill and inlined assets would need script and data allowances in the Content-Security-Policy.
export default defineConfig({
  plugins: [mlsRepairs(), svelte(), libheifLicence(), integrity()],
  build: {
    target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false }, sourcemap: false, manifest: true,
    rollupOptions: { input: { index: 'index.html', patient: 'src/patient/greeting.ts', notifier: 'src/notifier/service_worker.ts' }, output: { entryFileNames } },
  },
  // Through the plugins as well, or the repair would not be what is developed with and tested.
  optimizeDeps: { exclude: ['ts-mls'] },
  test: { include: ['tests/**/*.test.ts'], server: { deps: { inline: ['ts-mls'] } } },
})

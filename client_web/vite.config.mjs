import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

// modulePreload's polyfill and inlined assets would need script and data allowances in the Content-Security-Policy.
export default defineConfig({
  plugins: [svelte()],
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false }, sourcemap: false, manifest: true },
  test: { include: ['tests/**/*.test.ts'] },
})

import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

// Bundled as the product is (vite.config.mjs): nothing inlined, no polyfill, under the same Content-Security-Policy.
export default defineConfig({
  publicDir: false,
  build: {
    target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false }, emptyOutDir: true,
    rollupOptions: { input: fileURLToPath(new URL('intake_page.ts', import.meta.url)), output: { entryFileNames: 'intake_page.js' } },
  },
})

import { defineConfig } from 'vite'

// The session core under Node: the demo's second participant and the driver of the scenario tests.
export default defineConfig({
  build: {
    ssr: true, target: 'node20', outDir: 'dist-node', emptyOutDir: true, sourcemap: true,
    rollupOptions: { input: { participant: 'src/node/participant.ts', driver: 'src/node/driver.ts' } },
  },
})

import { defineConfig } from 'vite'
import { mlsRepairs } from './mls_repairs.mjs'

// The session core under Node: the demo's second participant and the driver of the scenario tests.
export default defineConfig({
  plugins: [mlsRepairs()],
  ssr: { noExternal: ['ts-mls'] },
  build: {
    ssr: true, target: 'node20', outDir: 'dist-node', emptyOutDir: true, sourcemap: true,
    rollupOptions: { input: { participant: 'src/node/participant.ts', driver: 'src/node/driver.ts', decide: 'src/node/decide.ts', recognition: 'src/node/recognition.ts' } },
  },
})

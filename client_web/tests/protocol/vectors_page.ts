/** The entry that tests/browser/test_vectors.py bundles: runs the vectors that its server hands out, and writes the results into the page. */
import { runVectors } from './run_vectors'

const results = document.createElement('pre')

try {
  const answer = await fetch('/vectors.json')
  results.textContent = JSON.stringify(await runVectors(await answer.json() as Record<string, unknown>))
} catch (error) {
  results.textContent = `did not run: ${String(error)}`
}
document.body.append(results)

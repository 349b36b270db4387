import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { runVectors } from './run_vectors'

const ROOT = new URL('../../../protocol/vectors/', import.meta.url)
const paths = readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.json')).sort()
const files = Object.fromEntries(paths.map((path) => [path, JSON.parse(readFileSync(new URL(path, ROOT), 'utf8')) as unknown]))
const results = await runVectors(files)

test('there are vectors, and every case of every file was run', () => {
  const cases = Object.values(files).map((file) => (file as unknown[]).length).reduce((sum, count) => sum + count, 0)
  expect(results.length).toBe(cases)
  expect(cases).toBeGreaterThan(200)
})

test.each(paths)('%s', (path) => {
  const wrong = results.filter(({ name, ok }) => name.startsWith(`${path}: `) && !ok)
  expect(wrong).toEqual([])
})

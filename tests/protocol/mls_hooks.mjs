// Lets a script outside client_web import ts-mls from there, with the repairs that the client's builds make.
import { mlsRepairs } from '../../client_web/mls_repairs.mjs'

const client = new URL('../../client_web/package.json', import.meta.url).href
const repairs = mlsRepairs()

export async function resolve(specifier, context, next) {
  return next(specifier, specifier === 'ts-mls' ? { ...context, parentURL: client } : context)
}

export async function load(url, context, next) {
  const loaded = await next(url, context)
  const repaired = url.includes('/ts-mls/') && loaded.source ? repairs.transform(String(loaded.source), new URL(url).pathname) : null
  return repaired === null ? loaded : { ...loaded, source: repaired.code }
}

/** The one script on a patient's page: shows the name that only the link's secret opens (SPEC S5.10). The page does without it. */
import { fromBase64url } from '../protocol/encoding'
import { openGreeting } from '../protocol/patient_link'
import { ready } from '../protocol/sodium'

/**
 * What stood after `#`, unless a place on this page; what a messenger or a sentence has put behind it is no part of it. From here on it is on this page alone, and
 * on what leads to the same question: the links to it in another language, and the forms, whose page comes again where an answer was not complete. Not in the address.
 */
function takeSecret(): string {
  const secret = location.hash.slice(1).replace(/(%[0-9A-F]{2}|[^\w-])+$/i, '')
  if (secret === '' || document.getElementById(secret) !== null) return ''
  history.replaceState(null, '', location.pathname + location.search)
  for (const other of document.querySelectorAll<HTMLAnchorElement>('nav.languages a')) other.hash = secret
  for (const form of document.forms) form.action = `${form.action.split('#')[0]}#${secret}`
  // In the place of the address, which would have led there.
  document.querySelector('[role=alert]')?.scrollIntoView({ block: 'center' })
  return secret
}

async function greet(): Promise<void> {
  const secret = takeSecret()
  const greeting = document.getElementById('greeting')
  const name = document.getElementById('patient')
  if (secret === '' || greeting === null || name === null) return
  await ready()
  name.textContent = openGreeting(fromBase64url(greeting.dataset['sealed'] ?? ''), fromBase64url(secret))
  greeting.hidden = false
}

// What fails here is the link's, and says nothing about the question: it is shown without a name.
greet().catch(() => undefined)

/** The one script on a patient's page: shows the name that only the link's secret opens (SPEC S5.10). The page does without it. */
import { fromBase64url } from '../protocol/encoding'
import { openGreeting } from '../protocol/patient_link'
import { ready } from '../protocol/sodium'

/** What stood after `#`, unless a place on this page. From here on it is on this page alone, and on the links to it in another language: not in the address. */
function takeSecret(): string {
  const secret = location.hash.slice(1)
  if (secret === '' || document.getElementById(secret) !== null) return ''
  history.replaceState(null, '', location.pathname + location.search)
  // The name is for the eyes of whoever answers, in whatever language they read.
  for (const other of document.querySelectorAll<HTMLAnchorElement>('nav.languages a')) other.hash = secret
  // On the link's own page: what the one form opens is the question.
  const opens = document.querySelector<HTMLFormElement>('form[data-opens]')
  if (opens !== null) opens.action = `${location.pathname}${location.search}#${secret}`
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

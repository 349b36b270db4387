import { start } from './ui/start'

/** The only place that joins screens, session and browser. The core is fetched after the shell is on screen. */
async function load() {
  const [{ createSession }, { browserPlatform }] = await Promise.all([import('./session/create_session'), import('./platform/browser_platform')])
  return createSession(await browserPlatform())
}

start(document.getElementById('app') as HTMLElement, load)

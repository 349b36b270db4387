import { start } from '@client/ui/start'
import { MadeUpSession } from './made_up_session'

const asked = new URLSearchParams(location.search)
const session = new MadeUpSession(asked.get('status') ?? 'ready', asked.get('emergencies'), asked.has('administers'))
Object.assign(window, { madeUp: session })
start(document.getElementById('app') as HTMLElement, async () => session)

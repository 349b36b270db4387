import { start } from '@client/ui/start'
import { MadeUpSession } from './made_up_session'

const asked = new URLSearchParams(location.search)
const session = new MadeUpSession(asked.get('status') ?? 'ready', asked.get('emergencies'))
Object.assign(window, { madeUp: session })
start(document.getElementById('app') as HTMLElement, async () => session)

import { start } from '@client/ui/start'
import { MadeUpSession } from './made_up_session'

const session = new MadeUpSession(new URLSearchParams(location.search).get('status') ?? 'ready')
Object.assign(window, { madeUp: session })
start(document.getElementById('app') as HTMLElement, async () => session)

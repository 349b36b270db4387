import type { DeviceOfferView, DeviceThreads } from '../../session/session'
import { counted } from '../words'

/** Why a link to another device is not good any more. */
export const endedWords: Record<Exclude<DeviceOfferView['state'], 'open' | 'asked' | 'added'>, string> = {
  over: 'The link has ended: nobody confirmed in time. Nothing was added.',
  given_up: 'The link has ended. Nothing was added.',
  wrong_number: 'Three wrong numbers: the link has ended, and nothing was added. If your new device showed none, somebody else had opened it.',
  not_proven: 'What asked did not come by this link: somebody on the way, or the server, put another key in its place. Nothing was added. Tell your administrator.',
}

/** How far another device is in one's threads. */
export function broughtWords({ here, all, underWay }: DeviceThreads): string {
  if (here === all) return all === 1 ? 'It is in your one thread.' : `It is in all of your ${all} threads.`
  const far = `${here} of ${counted(all, 'thread')}`
  return underWay ? `It is being brought into your threads: ${far}. That goes on by itself while both devices are open.` : `It is in ${far} of this device.`
}

import type { MessageView } from './session'

/** Each where its time is, before the first message that is later. */
export function amongMessages(messages: readonly MessageView[], told: readonly MessageView[]): MessageView[] {
  return told.reduce<MessageView[]>((all, one) => {
    const later = all.findIndex(({ at }) => at > one.at)
    return later === -1 ? [...all, one] : [...all.slice(0, later), one, ...all.slice(later)]
  }, [...messages])
}

/** The TypeScript decision as a filter, for the differential test: lines of `{scope, policy, thread, recipients, image, now}` in, `{reasons}` out. */
import { createInterface } from 'node:readline'
import { decide } from '../protocol/decision'
import { policy } from '../protocol/policy'
import { integer, list, nullable, object } from '../protocol/shape'
import { ready } from '../protocol/sodium'
import { imageDescriptor, recipientPerson, scope, threadDescriptor } from '../protocol/types'

const question = object({
  scope: nullable(scope), policy: nullable(policy), thread: threadDescriptor, recipients: list(recipientPerson), image: imageDescriptor, now: integer(),
})

// An attestation names a key, which libsodium looks at (S3.8).
await ready()
for await (const line of createInterface({ input: process.stdin })) {
  const asked = question(JSON.parse(line))
  const { reasons } = decide(asked.scope, asked.policy, asked.thread, asked.recipients, asked.image, asked.now)
  process.stdout.write(`${JSON.stringify({ reasons })}\n`)
}

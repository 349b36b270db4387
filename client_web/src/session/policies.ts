/** The policy profiles that this client was built with (config/policies): no server can make them laxer. */
import { policy, type Policy } from '../protocol/policy'
import type { PolicyName } from '../protocol/types'

const files = import.meta.glob<unknown>('../../../config/policies/*.json', { eager: true, import: 'default' })
const profiles = Object.values(files).map(policy)

/** The profile of this name and version, or null: then nothing rests on it (S5.4, `policy_unknown`). */
export function policyNamed(name: PolicyName | undefined): Policy | null {
  return profiles.find(({ profile, version }) => profile === name?.profile && version === name.version) ?? null
}

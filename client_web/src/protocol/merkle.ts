/** The log as a Merkle tree: hashes, the root, and what a proof proves (SPEC S10; RFC 9162 section 2.1, as RFC 6962). */
import { concat, equalBytes } from './encoding'
import { sodium } from './sodium'

const LEAF = Uint8Array.of(0)
const NODE = Uint8Array.of(1)

/** The hash of one entry (RFC 9162 section 2.1.1): 32 bytes. */
export function leafHash(entry: Uint8Array): Uint8Array {
  return sodium().crypto_hash_sha256(concat(LEAF, entry))
}

/** The hash over two neighbouring subtrees (RFC 9162 section 2.1.1): 32 bytes. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sodium().crypto_hash_sha256(concat(NODE, left, right))
}

function emptyRoot(): Uint8Array {
  return sodium().crypto_hash_sha256(new Uint8Array())
}

const isOdd = (value: number) => value % 2 === 1
/** Sizes are whole numbers up to 2^53 - 1, which the bitwise operators would cut to 32 bits. */
const halved = (value: number) => Math.floor(value / 2)

/** The root over these leaf hashes (RFC 9162 section 2.1.1). */
export function treeRoot(leaves: Uint8Array[]): Uint8Array {
  const frontier: Uint8Array[] = []
  leaves.forEach((leaf, index) => {
    let joined = leaf
    for (let before = index; isOdd(before); before = halved(before)) joined = nodeHash(frontier.pop()!, joined)
    frontier.push(joined)
  })
  return frontier.length === 0 ? emptyRoot() : frontier.reduceRight((right, left) => nodeHash(left, right))
}

/** Up from the right edge to where this subtree is a right child: the levels between join nothing. */
function pastLeftEdges(at: number, last: number): [at: number, last: number] {
  while (at !== 0 && !isOdd(at)) [at, last] = [halved(at), halved(last)]
  return [at, last]
}

/** Whether the tree of `size` leaves under `root` holds `leaf` at `index`, from 0 (RFC 9162 section 2.1.3.2). */
export function verifyInclusion(leaf: Uint8Array, index: number, size: number, proof: Uint8Array[], root: Uint8Array): boolean {
  if (index < 0 || index >= size) return false
  let [at, last, joined] = [index, size - 1, leaf]
  for (const sibling of proof) {
    if (last === 0) return false
    if (isOdd(at) || at === last) {
      joined = nodeHash(sibling, joined);
      [at, last] = pastLeftEdges(at, last)
    } else {
      joined = nodeHash(joined, sibling)
    }
    [at, last] = [halved(at), halved(last)]
  }
  return last === 0 && equalBytes(joined, root)
}

/** How many leaves, and the root over them. */
export interface Tree { size: number; root: Uint8Array }

function isPowerOfTwo(size: number): boolean {
  while (!isOdd(size)) size = halved(size)
  return size === 1
}

/**
 * Whether the tree `second` begins with the leaves of `first` (RFC 9162 section 2.1.4.2).
 * Every tree begins with the empty one and with itself; the proof of that is empty.
 */
export function verifyConsistency(first: Tree, second: Tree, proof: Uint8Array[]): boolean {
  if (first.size < 0 || first.size > second.size) return false
  if (first.size === 0 || first.size === second.size) {
    return proof.length === 0 && equalBytes(first.root, first.size === second.size ? second.root : emptyRoot())
  }
  const [start, ...siblings] = isPowerOfTwo(first.size) ? [first.root, ...proof] : proof
  if (start === undefined) return false
  let [at, last] = [first.size - 1, second.size - 1]
  while (isOdd(at)) [at, last] = [halved(at), halved(last)]
  let [older, newer] = [start, start]
  for (const sibling of siblings) {
    if (last === 0) return false
    if (isOdd(at) || at === last) {
      [older, newer] = [nodeHash(sibling, older), nodeHash(sibling, newer)];
      [at, last] = pastLeftEdges(at, last)
    } else {
      newer = nodeHash(newer, sibling)
    }
    [at, last] = [halved(at), halved(last)]
  }
  return last === 0 && equalBytes(older, first.root) && equalBytes(newer, second.root)
}

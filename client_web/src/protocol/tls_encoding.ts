/** The presentation language of TLS as MLS uses it (RFC 9420 section 2.1), strictly: whatever does not fit is `malformed`. */
import { concat, uint32 } from './encoding'
import { malformed } from './failures'

/** Reads one structure after another out of bytes. */
export class Reader {
  private readonly view: DataView
  private at = 0

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get offset(): number {
    return this.at
  }

  uint8(): number {
    return this.view.getUint8(this.advance(1))
  }

  uint16(): number {
    return this.view.getUint16(this.advance(2))
  }

  uint32(): number {
    return this.view.getUint32(this.advance(4))
  }

  uint64(): bigint {
    return this.view.getBigUint64(this.advance(8))
  }

  /** `opaque<V>`: the bytes after a length in its shortest form (RFC 9420 section 2.1.2). */
  opaque(): Uint8Array {
    return this.take(this.length())
  }

  take(count: number): Uint8Array {
    const start = this.advance(count)
    return this.bytes.slice(start, start + count)
  }

  /** A vector of whatever `read` reads, which must end where the vector ends; of more than `most`, the rest stays unread. */
  vector<T>(read: (reader: Reader) => T, most: number): T[] {
    const inner = new Reader(this.opaque())
    const entries: T[] = []
    while (!inner.isAtEnd) {
      if (entries.length === most) throw malformed('too many entries', 'framing')
      entries.push(read(inner))
    }
    return entries
  }

  /** A vector of uint16, unread: any number of them costs the same. */
  codes(): void {
    if (this.opaque().length % 2 !== 0) throw malformed('bytes missing', 'framing')
  }

  /** The bytes read since `offset`. */
  since(offset: number): Uint8Array {
    return this.bytes.slice(offset, this.at)
  }

  get isAtEnd(): boolean {
    return this.at === this.bytes.length
  }

  end(): void {
    if (!this.isAtEnd) throw malformed('bytes left over', 'framing')
  }

  private length(): number {
    const first = this.uint8()
    const octets = [1, 2, 4][first >> 6]
    if (octets === undefined) throw malformed('a length of no known form', 'framing')
    let length = first & 0x3f
    for (let i = 1; i < octets; i++) length = length * 256 + this.uint8()
    if (octets !== lengthOctets(length)) throw malformed('a length that is not in its shortest form', 'framing')
    return length
  }

  private advance(count: number): number {
    const start = this.at
    if (start + count > this.bytes.length) throw malformed('bytes missing', 'framing')
    this.at += count
    return start
  }
}

function lengthOctets(length: number): 1 | 2 | 4 {
  if (length < 2 ** 6) return 1
  return length < 2 ** 14 ? 2 : 4
}

/** `opaque<V>` of up to 2^30 - 1 bytes. */
export function writeOpaque(bytes: Uint8Array): Uint8Array {
  const octets = lengthOctets(bytes.length)
  const prefix = { 1: 0, 2: 0x4000, 4: 0x80000000 }[octets]
  return concat(uint32(prefix + bytes.length).slice(4 - octets), bytes)
}

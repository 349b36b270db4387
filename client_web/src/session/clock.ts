/** The time that statements carry and gates use: the server's, so that a device whose clock is a day off decides as everybody does. */
export class ServerClock {
  private offset = 0
  private latest = 0

  /** `deviceNow`: milliseconds by the device's clock. */
  constructor(private readonly deviceNow: () => number) {}

  /** The server said that it is `serverTime` now. */
  hear(serverTime: number): void {
    this.offset = serverTime - this.deviceNow()
    this.latest = Math.max(this.latest, serverTime)
  }

  /** Never before a time that was already seen: a clock that is set back must not bring an expired consent back. */
  now(): number {
    this.latest = Math.max(this.latest, Math.round(this.deviceNow() + this.offset))
    return this.latest
  }
}

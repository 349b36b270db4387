/** The time that statements carry and gates use: the server's, so that a device whose clock is a day off decides as everybody does. */
export class ServerClock {
  private offset = 0
  private latestHeard = 0

  /** `deviceNow`: milliseconds by the device's clock. */
  constructor(private readonly deviceNow: () => number) {}

  /** The server said that it is `serverTime` now. */
  hear(serverTime: number): void {
    this.offset = serverTime - this.deviceNow()
    this.latestHeard = Math.max(this.latestHeard, serverTime)
  }

  /** Never before what the server once said: a clock that is set back must not bring an expired consent back. */
  now(): number {
    return Math.max(this.latestHeard, Math.round(this.deviceNow() + this.offset))
  }
}

package main

import "github.com/lagkit/lagkit/bond/netif"

var guardMembers = netif.GuardMembers

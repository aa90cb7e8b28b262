package team

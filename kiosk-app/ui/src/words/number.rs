//! The number and its paper.

super::words! {
    ISSUING { vi: "Đang lấy số,\nxin chờ một chút", en: "Getting your number,\none moment please", zh: "正在取号，\n请稍候" }
    SPEAK_NUMBER {
        vi: "Số ở trên màn hình. Để nghe số, bấm nút Đọc to hai lần",
        en: "Your number is on the screen. To hear it, press Speak twice",
        zh: "号码在屏幕上。如需朗读号码，请按朗读 2 次",
    }
    ONE_MOMENT { vi: "Xin chờ một chút", en: "One moment please", zh: "请稍候" }
    FINDING { vi: "Đang tìm số của bạn,\nxin chờ một chút", en: "Looking for your number,\none moment please", zh: "正在查找您的号码，\n请稍候" }
    YOUR_NUMBER { vi: "Số của bạn", en: "Your number", zh: "您的号码" }
    NEXT { vi: "Bạn là người tiếp theo", en: "You are next", zh: "下一位就是您" }
    AHEAD { vi: "Còn {} người trước", en: "{} before you", zh: "前面还有{}人" }
    WAIT_AT { vi: "Mời đến chờ tại", en: "Please wait at", zh: "请到此处等候" }
    PRINTING { vi: "Đang in phiếu, xin chờ một chút", en: "Printing your ticket, one moment", zh: "正在打印号票，请稍候" }
    TAKE { vi: "Mời lấy phiếu", en: "Please take your ticket", zh: "请取号票" }
    TAKEN { vi: "Tôi đã lấy phiếu", en: "I have my ticket", zh: "我已取票" }
    WRITE_DOWN {
        vi: "Máy không in được phiếu. Vui lòng ghi lại số này.",
        en: "No ticket could be printed. Please write this number down.",
        zh: "未能打印号票，请记下此号码。",
    }
    WRITTEN { vi: "Tôi đã ghi lại số", en: "I wrote it down", zh: "我已记下" }
    PRINT_AGAIN { vi: "In lại phiếu", en: "Print it again", zh: "重新打印" }
    ANOTHER { vi: "Lấy thêm số khác", en: "Take another number", zh: "另取一号" }
    WHICH_NUMBER { vi: "Bạn đã có số", en: "You have a number already", zh: "您已有号码" }
    WHICH_NUMBER_HOW { vi: "Chọn số để xem hoặc in lại.", en: "Choose one to see or print it.", zh: "选择号码以查看或重新打印。" }

    PROVISIONAL { vi: "Số tạm cấp khi mất mạng. Vẫn dùng được.", en: "Given while offline. It is valid.", zh: "断网时的临时号码，仍然有效。" }
    TO_CHECK { vi: "Nhân viên sẽ xem giấy tờ của bạn.", en: "Staff will check your papers.", zh: "工作人员会核对您的证件。" }
    BOOKED { vi: "Bạn có hẹn giờ khám.", en: "You have an appointment.", zh: "您有预约。" }

    STATE_WAITING { vi: "Đang chờ gọi", en: "Waiting", zh: "等候中" }
    STATE_CALLED { vi: "Đang được gọi. Mời vào phòng.", en: "Being called. Please go in.", zh: "正在叫号，请进。" }
    STATE_IN_ROOM { vi: "Đang khám", en: "In the room", zh: "就诊中" }
    STATE_DONE { vi: "Đã khám xong", en: "Finished", zh: "已完成" }
    STATE_MISSED { vi: "Đã gọi mà chưa thấy bạn", en: "Called, and missed", zh: "已过号" }
    STATE_AWAY { vi: "Đi xét nghiệm. Xong thì quay lại phòng.", en: "Sent for tests. Then come back to the room.", zh: "检查后请回诊室。" }
    STATE_HELD { vi: "Đang tạm hoãn. Mời hỏi nhân viên.", en: "Put aside. Please ask the staff.", zh: "已暂缓，请咨询工作人员。" }
    STATE_ENDED { vi: "Số này không còn dùng được.", en: "This number is no longer valid.", zh: "此号码已失效。" }
    BACK_IN { vi: "Cho tôi vào lại hàng chờ", en: "Let me back in the line", zh: "让我重新排队" }
    COMING_BACK { vi: "Đang xin vào lại hàng chờ…", en: "Putting you back in line…", zh: "正在为您重新排队…" }
    IS_BACK_IN { vi: "Bạn đã vào lại hàng chờ.", en: "You are back in the line.", zh: "您已重新排队。" }
    NOT_BACK_IN { vi: "Mời đến quầy hướng dẫn để vào lại.", en: "Please go to the help desk to get back in.", zh: "请到导诊台办理重新排队。" }
    NOT_BACK_IN_NOW { vi: "Chưa vào lại được. Mời đến quầy hướng dẫn.", en: "Not possible just now. Please go to the help desk.", zh: "暂时无法重新排队，请到导诊台。" }
}
